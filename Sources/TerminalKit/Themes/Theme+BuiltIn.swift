extension Theme {
    /// The default theme; `themes/dark.yaml` holds the same values.
    package static let dark = Theme(
        name: "dark", title: "default",
        entries: [
            .bg: Entry(Color(hex: 0x11151A)), .text: Entry(Color(hex: 0xD6DCE3)), .textDim: Entry(Color(hex: 0xA3ADB8)),
            .border: Entry(Color(hex: 0x5B6773)), .borderFocus: Entry(Color(hex: 0x7CC4FF)),
            .title: Entry(nil, .bold), .sel: Entry(Color(hex: 0x26384A)), .selRange: Entry(Color(hex: 0x2F4760)),
            .code: Entry(Color(hex: 0x1A2129)), .match: Entry(nil, .underline), .link: Entry(nil, .underline),
            .statusOK: Entry(Color(hex: 0x6CC3B8)), .statusWarn: Entry(Color(hex: 0xF2C14E), .bold),
            .statusPage: Entry(Color(hex: 0xFF8F85), .bold), .statusOut: Entry(nil, .bold),
            .statusNoData: Entry(Color(hex: 0xD7A6FF)), .statusFew: Entry(Color(hex: 0x8FD3FF)),
            .statusStale: Entry(Color(hex: 0xA9B4BF)), .dataSuspect: Entry(), .sloLine: Entry(),
            .sloOver: Entry(), .logWarn: Entry(), .logError: Entry(), .deltaWorse: Entry(), .markAlert: Entry(),
            .markOnset: Entry(), .markEvent: Entry(), .statePaused: Entry(), .recording: Entry(),
            .stateDrill: Entry(nil, .reverse), .spanCritical: Entry(nil, .bold),
            .chartP50: Entry(Color(hex: 0x9ADBA8)), .chartP99: Entry(Color(hex: 0xD7A6FF)),
            .chartCount: Entry(Color(hex: 0x8AA9C4)),
            .heat1: Entry(Color(hex: 0x16212B)), .heat2: Entry(Color(hex: 0x1B3040)),
            .heat3: Entry(Color(hex: 0x214258)), .heat4: Entry(Color(hex: 0x28546F)),
            .heat5: Entry(Color(hex: 0x316886)),
            .svc1: Entry(Color(hex: 0x7FB8FF)), .svc2: Entry(Color(hex: 0xFFB37A)), .svc3: Entry(Color(hex: 0x8ED69A)),
            .svc4: Entry(Color(hex: 0xE6A3E0)), .svc5: Entry(Color(hex: 0xE3D27C)), .svc6: Entry(Color(hex: 0x74D3DC)),
            .svc7: Entry(Color(hex: 0xFFA3B5)), .svc8: Entry(Color(hex: 0xB3B8FF)), .svc9: Entry(Color(hex: 0xB9D982)),
            .svc10: Entry(Color(hex: 0xD9B99B)), .svc11: Entry(Color(hex: 0x8FDCC4)),
            .svc12: Entry(Color(hex: 0xC9C4D6)),
        ])

    /// No colours at all, as `NO_COLOR` asks for.
    package static let monochrome = Theme(
        name: "monochrome", title: "bold, underline, reverse", entries: dark.entries, maximumDepth: .none)

    /// The terminal's own palette.
    package static let ansi16 = Theme(
        name: "ansi-16", title: "your terminal palette", entries: dark.entries, maximumDepth: .ansi16)

    /// The themes that need no file.
    package static let builtIn = [dark, monochrome, ansi16]
}
