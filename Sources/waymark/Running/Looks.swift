import Foundation
import TerminalKit

/// How the screen looks: theme, colours and glyphs, with where each setting came from.
struct Looks: Sendable {
    /// The themes to choose from.
    let themes: [Theme]
    /// The theme to begin with.
    let theme: Setting<String>
    /// The colours; `nil` is for the terminal to say.
    let depth: Setting<ColorDepth?>
    /// The glyphs; `nil` is for the terminal to say.
    let glyphs: Setting<GlyphSet?>

    /// Finds out how the screen looks.
    ///
    /// - Throws: ``Failure`` that names the setting, what was read and what was expected.
    init(_ options: LookOptions, _ settings: Settings, environment: [String: String]) throws {
        let (themes, problems) = Looks.themes(environment)
        self.themes = themes
        let names = themes.map(\.name)
        let hasNoColor = !(environment["NO_COLOR"] ?? "").isEmpty
        let chosen = try settings.value(
            "theme", option: options.theme, default: hasNoColor ? "monochrome" : "dark",
            expected: "a theme; there are \(names.joined(separator: ", "))"
                + (problems.isEmpty ? "" : "; not read: \(problems.joined(separator: "; "))"),
            parse: { names.contains($0) ? $0 : nil })
        theme = chosen
        depth = try settings.value(
            "color", option: options.color, default: nil, expected: "one of auto, never, 16, 256, true",
            parse: Looks.depth)
        glyphs = try settings.value(
            "glyphs", option: options.glyphs, default: nil, expected: "one of auto, full, block, ascii",
            parse: { $0 == "auto" ? .some(nil) : GlyphSet(rawValue: $0).map { .some($0) } })
    }

    private static func depth(_ text: String) -> ColorDepth?? {
        switch text {
        case "auto": .some(nil)
        case "never": .some(ColorDepth.none)
        case "16": .some(.ansi16)
        case "256": .some(.indexed256)
        case "true": .some(.trueColor)
        default: nil
        }
    }

    /// The built-in themes, and those in `./themes` and the configuration folder; later ones replace earlier ones.
    private static func themes(_ environment: [String: String]) -> ([Theme], [String]) {
        var themes = Theme.builtIn
        var problems: [String] = []
        for folder in ["themes", Settings.configurationFolder(environment) + "/themes"] {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder))?.sorted() ?? []
            for name in names where name.hasSuffix(".yaml") {
                let path = folder + "/" + name
                guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { continue }
                do {
                    let theme = try ThemeFile.parse(text, file: path, known: themes)
                    themes.removeAll { $0.name == theme.name }
                    themes.append(theme)
                } catch {
                    problems.append("\(error)")
                }
            }
        }
        return (themes, problems)
    }
}
