/// The numbered screens.
package enum Screen: Int, CaseIterable, Sendable {
    case journeys = 1
    case journey = 2
    case trace = 3

    /// What the tab says.
    package var title: String {
        switch self {
        case .journeys: "Journeys"
        case .journey: "Journey"
        case .trace: "Trace"
        }
    }

    /// What `--screen` calls it.
    package var word: String { title.lowercased() }
}

/// The panels that can have the focus, by screen.
package enum Focus: Sendable, Equatable {
    case journeyTable
    case heatMap, traceList
    case waterfall, spanDetails

    /// The panels of a screen, in the order of Tab.
    static func panels(of screen: Screen) -> [Focus] {
        switch screen {
        case .journeys: [.journeyTable]
        case .journey: [.heatMap, .traceList]
        case .trace: [.waterfall, .spanDetails]
        }
    }
}
