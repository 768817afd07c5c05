/// How a journey stands; the order of the cases is the order of the home screen, worst first.
package enum JourneyState: Int, Sendable, Hashable, CaseIterable, Comparable, Codable {
    /// A burn alert that wakes somebody up fires.
    case page
    /// The error budget is used up.
    case out
    /// A burn alert that can wait fires.
    case warn
    /// A change-point in latency or errors is certain, and no burn alert fires yet.
    case shift
    /// Runs were expected and none came.
    case noData
    /// Too few runs for a ratio.
    case few
    /// The source is late: the numbers stand still.
    case stale
    /// Every promise holds.
    case ok
    /// Somebody asked for silence.
    case muted

    /// The word on screen and in JSON.
    package var word: String {
        switch self {
        case .page: "PAGE"
        case .out: "OUT"
        case .warn: "WARN"
        case .shift: "SHIFT"
        case .noData: "NODATA"
        case .few: "FEW"
        case .stale: "STALE"
        case .ok: "OK"
        case .muted: "MUTED"
        }
    }

    /// Orders by severity, the worst first.
    package static func < (one: JourneyState, other: JourneyState) -> Bool { one.rawValue < other.rawValue }
}
