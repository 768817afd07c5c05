import Telemetry

/// Which counts belong together in the history: those of one journey, counted by the same rules, in one environment.
package struct SeriesKey: Sendable, Hashable, Comparable {
    /// The journey's name.
    package let journey: String
    /// The ``JourneyDefinition/countingFingerprint`` of the rules, 16 hexadecimal digits.
    package let fingerprint: String
    /// The environment; empty where runs name none.
    package let environment: String

    /// Makes a key.
    package init(journey: String, fingerprint: String, environment: String) {
        self.journey = journey
        self.fingerprint = fingerprint
        self.environment = environment
    }

    /// Orders keys by journey, then environment, then fingerprint.
    package static func < (one: SeriesKey, other: SeriesKey) -> Bool {
        if one.journey != other.journey { return one.journey < other.journey }
        if one.environment != other.environment { return one.environment < other.environment }
        return one.fingerprint < other.fingerprint
    }
}

/// A journey with its counting rules, in whatever environment.
package struct CountingName: Sendable, Hashable {
    private let journey: String
    private let fingerprint: String

    /// That of a definition.
    package init(_ definition: JourneyDefinition) {
        journey = definition.name
        fingerprint = definition.countingFingerprint
    }

    /// That of a key.
    package init(_ key: SeriesKey) {
        journey = key.journey
        fingerprint = key.fingerprint
    }
}

extension JourneyDefinition {
    /// What decides which spans are runs and which runs failed, as text: `entry`, `scope`, `failed`, `ignore`, the
    /// source, and for joined runs the rules of joining.
    ///
    /// Title, owner, runbook, links, window, targets, alerts and the like change no count, so they are not in it; a
    /// promise's and a step's own rules stand in the names of their columns and parts.
    package var countingRules: String {
        var rules = ["entry=\(entry?.expression.shortSpelling ?? "")", "scope=\(scope.joined(separator: ","))"]
        rules.append("failed=\(failed?.expression.shortSpelling ?? "status=error")")
        rules.append("ignore=\(ignore?.expression.shortSpelling ?? "")")
        if case .metric(let latency, let filter) = source {
            rules.append("metric=\(latency) \(filter?.expression.shortSpelling ?? "")")
        }
        if let join {
            rules.append("join=\(join) again=\(again) within=\(within)")
            rules += steps.map { "step=\($0.name) \($0.filter.expression.shortSpelling)" }
        }
        return rules.joined(separator: "\n")
    }

    /// A fingerprint of ``countingRules``: 16 hexadecimal digits. Journeys of one name whose fingerprints are equal go on
    /// with the counts that the history has; one with another fingerprint starts anew.
    package var countingFingerprint: String {
        var text = countingRules
        let hash = text.withUTF8 { hashed(UnsafeRawBufferPointer($0)) }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}

extension JourneyDefinition.Objective {
    /// The name under which the history keeps this promise's counts: the name with what makes a run count and be good,
    /// such as `fast[under=1.2s]`. The target is not in it, since it changes no count.
    package var durableName: String {
        var rules: [String] = []
        if let under { rules.append("under=\(DurationText.text(under))") }
        if let of { rules.append("of=\(of.expression.shortSpelling)") }
        if complete { rules.append("complete") }
        return "\(name)[\(rules.joined(separator: "; "))]"
    }
}
