import Foundation
import TerminalKit
import Testing

@Suite struct ThemeTests {
    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "themes")

    private static func load(_ name: String) throws -> Theme {
        let url = folder.appending(path: name + ".yaml")
        return try ThemeFile.parse(String(contentsOf: url, encoding: .utf8), file: name)
    }

    private static let statuses: [Role] = [
        .text, .textDim, .statusOK, .statusWarn, .statusPage, .statusNoData, .statusFew, .statusStale, .statusOut,
    ]

    @Test func theFileOfTheDefaultThemeIsTheBuiltInOne() throws {
        #expect(try Self.load("dark") == Theme.dark)
        let url = Self.folder.appending(path: "dark.yaml")
        #expect(try String(contentsOf: url, encoding: .utf8) == ThemeFile.text(of: .dark))
    }

    @Test(arguments: ["dark", "light", "high-contrast", "deuteranopia", "tritanopia"])
    func contrastIsEnough(name: String) throws {
        let theme = try Self.load(name)
        let background = try #require(theme.color(.bg))
        let selection = try #require(theme.color(.sel))
        for role in Self.statuses + Role.services {
            let color = try #require(theme.color(role))
            #expect(
                color.contrast(with: background) >= (name == "high-contrast" && role.rawValue < 30 ? 12 : 7), "\(role)")
            #expect(color.contrast(with: selection) >= 4.5, "\(role)")
        }
        for role in [Role.border, .chartP50, .chartP95, .chartP99, .chartCount, .sloLine, .markDeploy] {
            #expect(try #require(theme.color(role)).contrast(with: background) >= 3, "\(role)")
        }
    }

    @Test(arguments: ["dark", "light", "deuteranopia", "tritanopia"])
    func contrastIsEnoughAfterRoundingTo256(name: String) throws {
        let theme = try Self.load(name)
        func rounded(_ role: Role) throws -> Color {
            let color = try #require(theme.color(role))
            return try #require(IndexedPalette.color(IndexedPalette.nearest(to: color)))
        }
        let background = try rounded(.bg)
        for role in Self.statuses {
            // The coarse cube costs a little: light falls to 5.6 for WARN, still above the 4.5 of WCAG AA.
            #expect(try rounded(role).contrast(with: background) >= (name == "light" ? 5 : 7), "\(role)")
        }
    }

    @Test func overlaysAreVisibleOnTheHeatRamp() {
        for heat in Role.heat.dropLast() {
            for role in [Role.chartP50, .chartP95, .chartP99] {
                let (one, two) = (Theme.dark.color(role), Theme.dark.color(heat))
                #expect((one?.contrast(with: two ?? Color(hex: 0)) ?? 0) >= 3, "\(role) on \(heat)")
            }
        }
    }

    @Test func everyRoleHasANameAndAColour() {
        for role in Role.allCases {
            #expect(Role(name: role.name) == role)
            #expect(Theme.dark.color(role) != nil, "\(role.name)")
        }
        #expect(
            Role(name: "status.ok") == .statusOK && Role(name: "svc.12") == .svc12
                && Role(name: "delta.new") == .deltaNew)
        #expect(Role(name: "nonsense") == nil)
    }

    @Test func fallbacksEnd() {
        for role in Role.allCases {
            var steps = 0
            var next: Role? = role
            while let role = next {
                next = role.fallback
                steps += 1
                #expect(steps < 10)
                if steps >= 10 { break }
            }
        }
    }

    @Test func depthsLookDifferently() {
        let style = Style(.statusPage, on: .sel)
        #expect(Theme.dark.look(of: style, depth: .trueColor).foreground == .rgb(Color(hex: 0xFF8F85)))
        #expect(Theme.dark.look(of: style, depth: .indexed256).background != .standard)
        #expect(
            Theme.dark.look(of: style, depth: .ansi16)
                == TerminalStyle(foreground: .indexed(1), attributes: [.bold, .reverse]))
        #expect(Theme.dark.look(of: Style(.statusPage), depth: .none).attributes == [.bold, .reverse])
        #expect(Theme.dark.look(of: Style(.statusWarn), depth: .none).attributes == [.bold, .underline])
        #expect(Theme.dark.look(of: Style(.statusStale), depth: .none).attributes == .dim)
        #expect(Theme.monochrome.look(of: style, depth: .trueColor).foreground == .standard)
        #expect(Theme.ansi16.look(of: Style(.statusOK), depth: .trueColor).foreground == .indexed(2))
    }

    @Test func aSelectedPageRowStillDiffersWithoutColour() {
        let plain = Theme.monochrome.look(of: Style(.statusPage), depth: .none)
        let selected = Theme.monochrome.look(of: Style(.statusPage, on: .sel), depth: .none)
        #expect(plain != selected)
    }

    @Test func nearestEntriesAreNearest() {
        #expect(IndexedPalette.nearest(to: Color(hex: 0x000000)) == 16)
        #expect(IndexedPalette.nearest(to: Color(hex: 0xFFFFFF)) == 231)
        for index in UInt8(16)...255 {
            guard let color = IndexedPalette.color(index) else { continue }
            let found = IndexedPalette.nearest(to: color)
            #expect(IndexedPalette.color(found) == color)
        }
        // Known distances in Lab: black to white is 100.
        #expect(abs(Color(hex: 0).difference(from: Color(hex: 0xFFFFFF)) - 100) < 0.01)
        #expect(abs(Color(hex: 0xFFFFFF).contrast(with: Color(hex: 0)) - 21) < 0.001)
    }

    @Test func serviceColoursAreStable() {
        // Fixed for ever: a change here would recolour everybody's screens.
        #expect(Role.service("payments") == Role.service("payments"))
        let names = ["web-bff", "cart", "pricing", "payments", "fraud", "ledger", "search", "auth", "mailer"]
        #expect(Set(names.map(Role.service)).count >= 5)
    }

    @Test func wholeThemesRoundTrip() throws {
        #expect(try ThemeFile.parse(ThemeFile.text(of: .dark), file: "x") == Theme.dark)
    }

    @Test(arguments: [
        ("name: x\nroles: { bg: \"#000000\", txt: \"#ffffff\" }", "x.yaml:2:25: unknown role txt"),
        ("name: x\nroles: { bg: nope }", "x.yaml:2:14: expected a colour"),
        ("name: x\nrols: {}", "x.yaml:2:1: unknown key rols"),
        ("title: x\ninherits: dark", "x.yaml:1:1: a theme needs a name"),
        ("name: x\ninherits: nothing", "x.yaml:2:11: unknown theme nothing"),
        ("name: x", "x.yaml:1:1: a theme needs the roles bg and text"), ("", "x.yaml:1:1: the file is empty"),
        ("name: [x", "x.yaml:1:1: not YAML"),
        ("name: x\nroles: { bg: { colour: 1 } }", "x.yaml:2:16: unknown key colour"),
    ])
    func mistakesAreExplained(text: String, message: String) {
        #expect { try ThemeFile.parse(text, file: "x.yaml") } throws: { error in
            "\(error)".hasPrefix(message)
        }
    }
}
