/// A field of the filter language that is not an attribute: every span, trace or record has it.
///
/// The raw value is the field's spelling. An intrinsic wins over an attribute with the same bare key; the
/// attribute is then written with a leading dot (`.name`).
package enum FilterIntrinsic: String, Sendable, Hashable, CaseIterable {
    case name
    case status
    case statusMessage
    case kind
    case duration
    case selfTime = "self"
    case service
    case version
    case instance
    case env
    case journey
    case step
    case trace
    case span
    case rootName = "root.name"
    case rootService = "root.service"
    case level
    case body
    case state
    case count = "n"

    /// What kind of value a field is compared with.
    package enum ValueType: Sendable, Hashable {
        /// Any text; also what trace and span ids are written as (hexadecimal).
        case text
        /// A duration, in nanoseconds.
        case duration
        /// A plain number.
        case number
        /// `unset`, `ok` or `error`.
        case status
        /// The kind of a span.
        case kind
        /// The severity of a log record.
        case level
    }

    /// Where the answer to the field comes from.
    package enum Subject: Sendable, Hashable {
        /// The span alone.
        case span
        /// The trace around the span, or what was computed from it: needs a `SpanFilterContext`.
        case trace
        /// A log record; spans do not have it.
        case log
    }

    /// The intrinsic with this spelling; letter case does not matter.
    package init?(spelling: String) {
        if let exact = FilterIntrinsic(rawValue: spelling) {
            self = exact
            return
        }
        let folded = spelling.lowercased()
        guard let match = FilterIntrinsic.allCases.first(where: { $0.rawValue.lowercased() == folded }) else {
            return nil
        }
        self = match
    }

    /// What the field is compared with.
    package var valueType: ValueType {
        switch self {
        case .duration, .selfTime: .duration
        case .count: .number
        case .status: .status
        case .kind: .kind
        case .level: .level
        default: .text
        }
    }

    /// Where the answer comes from.
    package var subject: Subject {
        switch self {
        case .selfTime, .journey, .step, .rootName, .rootService, .state, .count: .trace
        case .level, .body: .log
        default: .span
        }
    }

    /// One line for the completion list and the help screen.
    package var documentation: String {
        switch self {
        case .name: "name of the span"
        case .status: "status of the span"
        case .statusMessage: "message that goes with the status"
        case .kind: "kind of the span"
        case .duration: "end minus start of the span"
        case .selfTime: "duration minus the time covered by children"
        case .service: "resource.service.name, unknown_service where it is missing"
        case .version: "resource.service.version"
        case .instance: "resource.service.instance.id"
        case .env: "resource.deployment.environment.name, else resource.deployment.environment"
        case .journey: "journey that the trace is a run of"
        case .step: "journey step that the span reaches"
        case .trace: "trace id, 32 hexadecimal digits"
        case .span: "span id, 16 hexadecimal digits"
        case .rootName: "name of the trace's root span"
        case .rootService: "service of the trace's root span"
        case .level: "severity of a log record"
        case .body: "text of a log record"
        case .state: "state of a journey"
        case .count: "number of spans in the trace"
        }
    }

    /// Every value the field can have, in the order a list shows them; empty when the set is open.
    package var knownValues: [String] {
        switch valueType {
        case .status: StatusCode.allCases.map(\.word)
        case .kind: SpanKind.allCases.map(\.word)
        case .level: FilterLevel.allCases.map(\.spelling)
        case .text, .duration, .number: []
        }
    }
}
