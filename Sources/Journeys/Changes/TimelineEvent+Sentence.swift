extension TimelineEvent {
    /// What happened in words, without the time: `payments 2.13.4 → 2.14.0 on 3 of 8 instances`.
    ///
    /// Control characters of what the data or people wrote are shown as `�`, and every part is cut.
    package var sentence: String { words(.full) }

    /// The same in fewer cells, for narrow screens: `payments 2.13.4→2.14.0 3/8`.
    package var shortSentence: String { words(.short) }

    private enum Length {
        case full, short
    }

    private func words(_ length: Length) -> String {
        let parts = length == .full ? fullParts : shortParts
        return parts.filter { !$0.isEmpty }.joined(separator: " ")
    }

    private var fullParts: [String] {
        switch kind {
        case .deploy: [name, arrow(" → "), isNaked ? "deployed" : "", quoted, author]
        case .version: [name, quoted, arrow(" → "), share(" of ", " instances")]
        case .config: [name, subject?.tame ?? "", arrow(" → "), text.map { "(\($0.tame))" } ?? ""]
        case .spanAppeared: ["new span", name, subject?.tame ?? "", text.map { "(\($0.tame))" } ?? ""]
        case .spanVanished: ["no more span", name, subject?.tame ?? "", text.map { "(\($0.tame))" } ?? ""]
        case .serviceAppeared: ["new service", name, text.map { "(\($0.tame))" } ?? ""]
        case .serviceVanished: ["no more spans of", name]
        case .instances: [name, arrow(" → "), "instances", text.map { "(\($0.tame))" } ?? ""]
        default: verdictParts
        }
    }

    private var shortParts: [String] {
        switch kind {
        case .deploy: [name, arrow("→"), isNaked ? quoted : ""]
        case .version: [name, arrow("→"), share("/", "")]
        case .config: [name, subject?.tame ?? "", arrow("→")]
        case .spanAppeared: ["+", name, subject?.tame ?? ""]
        case .spanVanished: ["−", name, subject?.tame ?? ""]
        case .serviceAppeared: ["+", name]
        case .serviceVanished: ["−", name]
        case .instances: [name, arrow("→"), "inst"]
        default: verdictParts
        }
    }

    private var verdictParts: [String] {
        let what: String =
            switch kind {
            case .onset: "onset detected"
            case .fired: "\(severity?.tame ?? "alert") fired"
            case .resolved: "\(severity?.tame ?? "alert") resolved"
            case .silent: "runs stopped coming"
            case .heard: "runs came again"
            case .stale: "data is late"
            case .fresh: "data is in time again"
            case .acknowledged: "acknowledged"
            case .muted: "muted"
            case .unmuted: "not muted any more"
            case .gap: "nothing was recorded"
            default: ""
            }
        return [journey?.tame ?? name, objective?.tame ?? "", what, quoted, author]
    }

    private var name: String { service?.tame ?? "" }
    private var quoted: String { text?.tame ?? "" }
    private var author: String { by.map { "by \($0.tame)" } ?? "" }
    /// Whether a deployment names no version.
    private var isNaked: Bool { after == nil }

    private func arrow(_ sign: String) -> String {
        switch (before, after) {
        case (let before?, let after?): before.tame + sign + after.tame
        case (nil, let after?): after.tame
        case (let before?, nil): before.tame + sign + "—"
        case (nil, nil): ""
        }
    }

    private func share(_ of: String, _ what: String) -> String {
        guard let count, let total, total > 0 else { return "" }
        return (what.isEmpty ? "" : "on ") + "\(count)\(of)\(total)\(what)"
    }
}

extension String {
    /// The text without control characters and cut, so that it can stand in a line of a screen.
    fileprivate var tame: String {
        var kept = ""
        for (number, scalar) in unicodeScalars.enumerated() {
            if number >= 120 { return kept + "…" }
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator, .surrogate, .format:
                kept.unicodeScalars.append("\u{FFFD}")
            default: kept.unicodeScalars.append(scalar)
            }
        }
        return kept
    }
}
