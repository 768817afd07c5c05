import Dashboard
import Foundation
import TerminalKit
import Testing

/// Every screen in every layout class, exactly.
@Suite struct GoldenTests {
    /// One drawn screen.
    struct Shot: Sendable, CustomTestStringConvertible {
        let screen: Screen
        let width: Int
        let height: Int
        let glyphs: GlyphSet
        let isLive: Bool

        var name: String { "\(isLive ? "live" : "file")-\(screen.word)-\(width)x\(height)-\(glyphs.rawValue)" }
        var testDescription: String { name }
    }

    static let sizes = [(200, 60), (120, 36), (80, 24), (60, 15), (58, 9)]

    static let shots: [Shot] = Screen.allCases.flatMap { screen in
        sizes.flatMap { width, height in
            [(GlyphSet.full, true), (.ascii, true), (.full, false)].map { glyphs, isLive in
                Shot(screen: screen, width: width, height: height, glyphs: glyphs, isLive: isLive)
            }
        }
    }

    @Test(arguments: shots) func screenIsAsKept(_ shot: Shot) throws {
        let picture = shot.isLive ? Fixture.live : Fixture.file
        let state = AppState.make(picture, width: shot.width, height: shot.height, screen: shot.screen)
        try Golden.check(state.lines(shot.glyphs), shot.name, width: shot.width)
    }

    @Test(arguments: [(120, 36), (80, 24), (60, 15)]) func firstRunIsAsKept(_ width: Int, _ height: Int) throws {
        var state = AppState(size: Size(width: width, height: height))
        state.feed(.tick(Shop.end))
        state.feed(.picture(.waiting))
        try Golden.check(state.lines(), "first-run-\(width)x\(height)", width: width)
    }

    @Test(arguments: [(200, 60), (120, 36), (80, 24), (60, 15)])
    func frameFiguresAreAsKept(_ width: Int, _ height: Int) throws {
        var state = AppState.make(width: width, height: height, screen: .journeys)
        for key in [":"] + "debug.frame".map(String.init) + ["Enter"] { state.press(key) }
        var figures = FrameFigures()
        for number in 1...300 as ClosedRange<UInt64> {
            figures.add(nanoseconds: number * 10_000, written: number * number * 10)
        }
        figures.waiting = 2
        state.frameFigures = figures
        try Golden.check(state.lines(), "debug-frame-\(width)x\(height)", width: width)
        for key in [":"] + "debug.frame".map(String.init) + ["Enter"] { state.press(key) }
        #expect(state.lines().last?.contains(" p99 ") == false)
    }

    /// What lies over a screen, and the keys that lead there.
    static let overlays: [(name: String, screen: Screen, keys: [String])] = [
        ("help", .journeys, ["?"]),
        ("palette", .journey, [":", "z"]),
        ("filter", .journeys, ["/", "s", "e", "r"]),
        ("filter-error", .journeys, ["/", "d", "u", "r", "a", "t", "i", "o", "n", ">", "x"]),
        ("time", .journey, ["t", "9", "x", "Enter"]),
        ("theme", .journeys, ["T"]),
        ("find", .trace, ["f", "p", "o", "o", "l"]),
        ("quit", .journeys, ["q"]),
        ("go", .journeys, ["g"]),
        ("paused", .journey, ["[", "["]),
        ("zoomed", .journey, ["z", "h", "v", "h", "k"]),
        ("errors", .trace, ["e"]),
        ("folded", .trace, ["H"]),
        ("group", .trace, ["g", "g", "j", "j", "j", "j"]),
    ]

    @Test(arguments: overlays.indices, [(120, 36), (80, 24)])
    func overlayIsAsKept(_ number: Int, _ size: (Int, Int)) throws {
        let (name, screen, keys) = GoldenTests.overlays[number]
        var state = AppState.make(width: size.0, height: size.1, screen: screen)
        for key in keys { state.press(key) }
        try Golden.check(state.lines(), "over-\(name)-\(size.0)x\(size.1)", width: size.0)
    }
}

/// How much memory spans take is the store's affair, and may change without changing a screen.
private func masked(_ line: String) -> String {
    let tellsStore = line.contains(" SRC ") || line.contains(" store ")
    guard tellsStore, let place = line.firstRange(of: " spans ") else { return line }
    let figure = line[place.upperBound...].prefix { $0 != " " }
    guard figure.hasSuffix("iB") else { return line }
    return line.replacing(figure, with: String(repeating: "#", count: figure.count))
}

/// Kept screens; `WAYMARK_UPDATE_GOLDEN=1 swift test` writes them anew.
enum Golden {
    /// Compares lines with the file of this name.
    static func check(_ lines: [String], _ name: String, width: Int?) throws {
        for (number, line) in lines.enumerated() where width != nil {
            #expect(DisplayText.width(of: line) == width, "line \(number + 1) of \(name): \(line)")
        }
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name).txt")
        let lines = lines.map(masked)
        let text = lines.joined(separator: "\n") + "\n"
        if ProcessInfo.processInfo.environment["WAYMARK_UPDATE_GOLDEN"] == "1" {
            try text.write(to: file, atomically: true, encoding: .utf8)
            return
        }
        let kept = try String(contentsOf: file, encoding: .utf8)
        let before = kept.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        for (number, line) in lines.enumerated() where number >= before.count || before[number] != line {
            Issue.record(
                """
                \(name) differs in line \(number + 1):
                kept  \(number < before.count ? before[number] : "")
                drawn \(line)
                WAYMARK_UPDATE_GOLDEN=1 swift test --filter Golden writes the screens anew.
                """)
            return
        }
        #expect(kept == text)
    }
}
