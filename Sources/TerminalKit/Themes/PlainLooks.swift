/// Looks without colour: status by attributes, everything else by glyph and word (`NO_COLOR`).
enum MonochromeLook {
    static func style(_ style: Style) -> TerminalStyle {
        var attributes = style.attributes.union(own(style.foreground))
        if style.background == .sel || style.background == .selRange {
            // Reversing twice would make the selection vanish on a PAGE row.
            attributes = attributes.contains(.reverse) ? attributes.union(.underline) : attributes.union(.reverse)
        }
        return TerminalStyle(attributes: attributes)
    }

    private static func own(_ role: Role) -> Style.Attributes {
        switch role {
        case .statusPage, .statusOut, .stateDrill: [.reverse, .bold]
        case .statusWarn: [.bold, .underline]
        case .statusStale: .dim
        case .title, .key, .spanCritical, .borderFocus, .sloOver, .logError: .bold
        case .match, .link: .underline
        default: []
        }
    }
}

/// Looks in the terminal's own sixteen colours: bold for status, no background fills except selection.
enum AnsiLook {
    private static let (red, green, yellow, magenta, cyan): (UInt8, UInt8, UInt8, UInt8, UInt8) = (1, 2, 3, 5, 6)

    static func style(_ style: Style) -> TerminalStyle {
        let (color, own) = look(style.foreground)
        var attributes = style.attributes.union(own)
        if style.background == .sel || style.background == .selRange { attributes.formUnion(.reverse) }
        return TerminalStyle(foreground: color.map(TerminalColor.indexed) ?? .standard, attributes: attributes)
    }

    private static func look(_ role: Role) -> (UInt8?, Style.Attributes) {
        switch role {
        case .statusOK: (green, .bold)
        case .statusWarn: (yellow, .bold)
        case .statusPage, .statusOut: (red, .bold)
        case .statusNoData: (magenta, .bold)
        case .statusFew: (cyan, .bold)
        case .budgetLeft, .stateLive, .deltaBetter, .markMitigation, .chartP50: (green, [])
        case .dataSuspect, .sloLine, .statePaused, .match, .markOnset, .markEvent, .logWarn: (yellow, [])
        case .sloOver, .recording, .markAlert, .logError, .deltaWorse: (red, [])
        case .stateDrill, .chartP99: (magenta, [])
        case .borderFocus, .key, .stateReplay, .chartP95, .markDeploy, .deltaNew: (cyan, [])
        case .link: (cyan, .underline)
        case .title, .spanCritical: (nil, .bold)
        default: serviceLook(role)
        }
    }

    /// Twelve services in six colours; the second six are bold.
    private static func serviceLook(_ role: Role) -> (UInt8?, Style.Attributes) {
        guard let index = Role.services.firstIndex(of: role) else { return (nil, []) }
        return (UInt8(1 + index % 6), index < 6 ? [] : .bold)
    }
}
