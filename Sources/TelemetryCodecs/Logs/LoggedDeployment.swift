import Telemetry

/// A log record as far as it may be the report of a deployment.
///
/// A record is one when its event name (`event_name`, or the older attribute `event.name`) begins with `deployment`, when
/// it has one of the attributes `deployment.id`, `deployment.name` or `deployment.status` of OpenTelemetry's
/// semantic conventions, or when it is of a pipeline's task whose `cicd.pipeline.task.type` is `deploy`.
struct LoggedDeployment {
    /// When, in Unix nanoseconds; zero when the record does not say.
    var time: UInt64 = 0
    /// When the record was seen, in Unix nanoseconds.
    var observed: UInt64 = 0
    /// The name of the event.
    var eventName = ""
    /// The body, if it is text.
    var body = ""
    /// The record's own attributes.
    var attributes = DeploymentAttributes()

    /// Whether the record reports a deployment.
    var isReport: Bool {
        let name = eventName.isEmpty ? attributes["event.name"] ?? "" : eventName
        return name.hasPrefix("deployment") || attributes.isDeployment
    }

    /// The report; what the record does not say, its resource may.
    func mark(_ resource: DeploymentAttributes) -> ReportedMark {
        var mark = ReportedMark(time: time > 0 ? time : observed, kind: .deploy)
        let ownService = attributes["service.name"]
        // The resource of a pipeline is the pipeline's, not that of what it deploys.
        let isOwnReport = ownService == nil && !attributes.isPipeline && !resource.isPipeline
        mark.service = ReportedMark.kept(ownService ?? (isOwnReport ? resource["service.name"] : nil))
        let version =
            attributes["service.version"] ?? attributes["deployment.version"] ?? attributes["artifact.version"]
            ?? attributes["vcs.ref.head.revision"] ?? (isOwnReport ? resource["service.version"] : nil)
        mark.version = ReportedMark.kept(version)
        mark.environment = ReportedMark.kept(attributes.environment ?? resource.environment)
        let words = body.isEmpty ? attributes["deployment.name"] ?? "" : body
        let failed =
            attributes["deployment.status"] == "failed" || attributes["cicd.pipeline.task.run.result"] == "failure"
        let parts = [failed ? "failed" : "", words].filter { !$0.isEmpty }
        mark.text = ReportedMark.kept(parts.joined(separator: ": "))
        mark.by = ReportedMark.kept(attributes["user.name"] ?? attributes["cicd.pipeline.name"])
        return mark
    }
}

/// The attributes that say something about a deployment; all others are left out.
struct DeploymentAttributes {
    private static let known: Set<String> = [
        "event.name", "service.name", "service.version", "deployment.id", "deployment.name", "deployment.status",
        "deployment.version", "deployment.environment.name", "deployment.environment", "artifact.version",
        "vcs.ref.head.revision", "user.name", "cicd.pipeline.name", "cicd.pipeline.task.type",
        "cicd.pipeline.task.run.result", "cicd.pipeline.run.id",
    ]

    private var values: [String: String] = [:]

    /// Takes an attribute if it is one of those; the last of equal keys counts.
    mutating func add(_ key: String, _ value: AttributeValue) {
        guard DeploymentAttributes.known.contains(key) else { return }
        values[key] = value.text
    }

    /// Takes all of another list.
    mutating func add(_ other: DeploymentAttributes) { values.merge(other.values) { $1 } }

    subscript(key: String) -> String? { values[key].flatMap { $0.isEmpty ? nil : $0 } }

    var environment: String? { self["deployment.environment.name"] ?? self["deployment.environment"] }

    var isDeployment: Bool {
        self["deployment.id"] != nil || self["deployment.name"] != nil || self["deployment.status"] != nil
            || self["cicd.pipeline.task.type"] == "deploy"
    }

    var isPipeline: Bool {
        self["cicd.pipeline.name"] != nil || self["cicd.pipeline.task.type"] != nil
            || self["cicd.pipeline.run.id"] != nil
    }
}

/// Finds reports of deployments among the log records of one message.
enum LoggedDeployments {
    /// How many are taken from one message.
    static let maximumCount = 256

    /// Whether the bytes of a message name a deployment at all, other than the environment or the Kubernetes deployment
    /// that nearly every resource names. Most messages are done with by this. A key whose letters are escaped in JSON is
    /// not seen; no exporter writes one.
    static func isNamed(in bytes: UnsafeRawBufferPointer) -> Bool {
        let end = bytes.count
        var place = 0
        while place &+ 5 <= end {
            let first = bytes[place]
            if first == UInt8(ascii: "d"), has("deployment", bytes, at: place) {
                let isPart = place > 0 && bytes[place - 1] == UInt8(ascii: ".")
                if !isPart, !has(".environment", bytes, at: place &+ 10) { return true }
            } else if first == UInt8(ascii: "c"), has("cicd.", bytes, at: place) {
                return true
            }
            place &+= 1
        }
        return false
    }

    @inline(__always) private static func has(
        _ word: StaticString, _ bytes: UnsafeRawBufferPointer, at place: Int
    ) -> Bool {
        guard let base = bytes.baseAddress, place &+ word.utf8CodeUnitCount <= bytes.count else { return false }
        // As many bytes as the word has are left from `place` on, as was just compared.
        return equalBytes(base + place, UnsafeRawPointer(word.utf8Start), word.utf8CodeUnitCount)
    }
}
