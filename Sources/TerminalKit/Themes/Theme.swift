/// What every role looks like; data that a user can copy and change (`themes/dark.yaml`).
package struct Theme: Hashable, Sendable {
    /// The look of one role; what is nil comes from the role's fallback.
    package struct Entry: Hashable, Sendable {
        package var color: Color?
        package var attributes: Style.Attributes

        package init(_ color: Color? = nil, _ attributes: Style.Attributes = []) {
            self.color = color
            self.attributes = attributes
        }
    }

    package var name: String
    /// One line for the theme picker.
    package var title: String
    /// Never more colours than this, whatever the terminal can do.
    package var maximumDepth: ColorDepth
    /// False where dimmed text would be too weak to read.
    package var allowsDim: Bool
    /// The roles that say something of their own.
    package private(set) var entries: [Role: Entry]
    /// Every role's look, fallbacks followed; indexed by the role's raw value.
    private var resolved: [Entry]
    /// The nearest palette entry of every role's colour.
    private var nearest: [UInt8]

    package init(
        name: String, title: String = "", entries: [Role: Entry], maximumDepth: ColorDepth = .trueColor,
        allowsDim: Bool = true
    ) {
        self.name = name
        self.title = title
        self.entries = entries
        self.maximumDepth = maximumDepth
        self.allowsDim = allowsDim
        resolved = Role.allCases.map { Theme.resolve($0, in: entries) }
        nearest = resolved.map { $0.color.map(IndexedPalette.nearest) ?? 16 }
    }

    /// The colour of a role, fallbacks followed; nil if the theme leaves it to the terminal.
    package func color(_ role: Role) -> Color? { resolved[Int(role.rawValue)].color }

    /// What to tell a terminal of this depth to draw a style.
    package func look(of style: Style, depth: ColorDepth) -> TerminalStyle {
        let entry = resolved[Int(style.foreground.rawValue)]
        let attributes = entry.attributes.union(style.attributes)
        switch min(depth, maximumDepth) {
        case .none: return MonochromeLook.style(style)
        case .ansi16: return AnsiLook.style(style)
        case .indexed256:
            return TerminalStyle(
                foreground: entry.color == nil ? .standard : .indexed(nearest[Int(style.foreground.rawValue)]),
                background: color(style.background) == nil
                    ? .standard : .indexed(nearest[Int(style.background.rawValue)]),
                attributes: allowed(attributes))
        case .trueColor:
            return TerminalStyle(
                foreground: entry.color.map(TerminalColor.rgb) ?? .standard,
                background: color(style.background).map(TerminalColor.rgb) ?? .standard,
                attributes: allowed(attributes))
        }
    }

    private func allowed(_ attributes: Style.Attributes) -> Style.Attributes {
        allowsDim ? attributes : attributes.subtracting(.dim)
    }

    /// Follows fallbacks until there is a colour; attributes are those of the first entry found.
    private static func resolve(_ role: Role, in entries: [Role: Entry]) -> Entry {
        var result = entries[role]
        var next = role.fallback
        while let role = next, result?.color == nil {
            if let found = entries[role] {
                result = Entry(found.color, result?.attributes ?? found.attributes)
            }
            next = role.fallback
        }
        return result ?? Entry()
    }
}

/// A style as a terminal is told: colours and attributes.
package struct TerminalStyle: Hashable, Sendable {
    package var foreground: TerminalColor
    package var background: TerminalColor
    package var attributes: Style.Attributes

    package init(
        foreground: TerminalColor = .standard, background: TerminalColor = .standard,
        attributes: Style.Attributes = []
    ) {
        self.foreground = foreground
        self.background = background
        self.attributes = attributes
    }
}

extension Role {
    /// The role that lends its look where a theme says nothing about this one; ends at `text` or `bg`.
    package var fallback: Role? {
        switch self {
        case .bg, .text: nil
        case .sel, .code: .bg
        case .selRange: .sel
        case .textDim, .title, .input, .spanCritical, .logInfo, .svc1: .text
        case .label, .border, .statusStale, .statusMuted, .chartBase, .markAck, .logDebug: .textDim
        case .borderFocus, .statusOK, .statusWarn, .statusPage, .statusNoData, .statusFew: .text
        case .key, .link, .chartP95: .borderFocus
        case .match, .dataSuspect, .sloLine, .statePaused, .markOnset, .markEvent, .logWarn: .statusWarn
        case .statusOut, .sloOver, .recording, .markAlert, .logError, .deltaWorse: .statusPage
        case .budgetLeft, .stateLive, .markMitigation, .deltaBetter, .chartP50: .statusOK
        case .stateReplay, .markDeploy, .deltaNew, .chartCount: .statusFew
        case .stateDrill, .chartP99: .statusNoData
        case .heat1: .bg
        case .heat2: .heat1
        case .heat3: .heat2
        case .heat4: .heat3
        case .heat5: .heat4
        case .svc2, .svc3, .svc4, .svc5, .svc6, .svc7, .svc8, .svc9, .svc10, .svc11, .svc12: .svc1
        }
    }
}
