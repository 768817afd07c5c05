import Telemetry

/// Which attributes are configuration, by their keys.
package enum ConfigurationKeys {
    /// What a resource says about who and where it is rather than about how it is set up.
    private static let identities = [
        "service.", "deployment.environment", "telemetry.", "host.", "container.", "process.", "os.", "device.",
        "k8s.pod.", "k8s.node.", "k8s.replicaset.", "k8s.container.", "k8s.job.", "k8s.namespace.", "k8s.cluster.",
        "cloud.resource_id", "cloud.account.", "cloud.availability_zone", "cloud.region", "aws.", "gcp.", "azure.",
        "faas.instance", "heroku.", "webengine.", "user.", "session.", "thread.", "otel.", "net.", "network.",
    ]
    /// Parts of those that are set by people all the same.
    private static let exceptions: Set<String> = ["process.runtime.version"]
    /// What a span's configuration begins with.
    private static let prefixes = ["config.", "app.config.", "feature_flag.", "settings.", "app.settings."]
    /// What a span's configuration ends with.
    private static let suffixes = [
        ".max", ".min", ".limit", ".timeout", ".max_size", ".min_size", ".pool_size", ".max_connections",
        ".max_retries", ".timeout_ms", ".limit_ms", ".concurrency", ".threshold", ".ttl", ".enabled",
    ]
    /// What a feature flag's evaluation says about the evaluation itself.
    private static let evaluation: Set<String> = [
        "feature_flag.key", "feature_flag.provider.name", "feature_flag.provider_name", "feature_flag.context.id",
        "feature_flag.set.id", "feature_flag.result.reason", "feature_flag.evaluation.reason",
    ]

    /// Whether a resource's attribute is configuration: every one that does not say who or where the resource is.
    package static func isConfiguration(resource key: String) -> Bool {
        if exceptions.contains(key) { return true }
        return !key.isEmpty && !identities.contains { key.hasPrefix($0) }
    }

    /// Whether a span's attribute is configuration: keys such as `app.pool.max`, `http.client.timeout`, `config.mode` or
    /// `feature_flag.result.variant`.
    package static func isConfiguration(span key: String) -> Bool {
        if evaluation.contains(key) { return false }
        return prefixes.contains { key.hasPrefix($0) } || suffixes.contains { key.hasSuffix($0) }
    }

    /// The keys of the attribute that says which of several things a span's setting is about, such as `app.pool.name`
    /// for `app.pool.max`, and `feature_flag.key` for a flag's variant.
    static func subjects(of key: String) -> [String] {
        if key.hasPrefix("feature_flag.") { return ["feature_flag.key"] }
        guard let dot = key.lastIndex(of: ".") else { return [] }
        return [key[...dot] + "name", key[...dot] + "id"]
    }
}
