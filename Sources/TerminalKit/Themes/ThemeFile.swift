import Yams

/// Why a theme file cannot be used; each names the place, what was read, and what was expected.
package struct ThemeError: Error, Hashable, CustomStringConvertible {
    package let file: String
    package let line: Int
    package let column: Int
    package let message: String

    package var description: String { "\(file):\(line):\(column): \(message)" }
}

/// Reads and writes theme files.
///
/// ```yaml
/// name: night
/// title: for dark rooms
/// inherits: dark
/// roles:
///   bg: "#000000"
///   title: { color: "#ffffff", bold: true }
///   status.out: { bold: true }     # colour from its fallback, status.page
/// ```
package enum ThemeFile {
    /// Longer files are refused.
    package static let maximumBytes = 65_536

    /// A theme from the text of a file. `known` are the themes that `inherits` may name.
    package static func parse(_ text: String, file: String, known: [Theme] = Theme.builtIn) throws(ThemeError) -> Theme
    {
        var reader = Reader(file: file)
        guard text.utf8.count <= maximumBytes else {
            throw reader.error(nil, "a theme file has at most \(maximumBytes) bytes")
        }
        let root = try reader.root(of: text)
        return try reader.theme(root, known: known)
    }

    /// The text of a theme's file: every entry it has of its own.
    package static func text(of theme: Theme) -> String {
        var lines = ["name: \(theme.name)", "title: \(theme.title)"]
        if !theme.allowsDim { lines.append("dim: false") }
        lines.append("roles:")
        for role in Role.allCases {
            guard let entry = theme.entries[role] else { continue }
            lines.append("  \(role.name): " + value(of: entry))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func value(of entry: Theme.Entry) -> String {
        let flags = flagNames.filter { entry.attributes.contains($0.1) }.map { "\($0.0): true" }
        let color = entry.color.map { "\"#\($0.hex)\"" }
        if flags.isEmpty, let color { return color }
        return "{ " + ((color.map { ["color: \($0)"] } ?? []) + flags).joined(separator: ", ") + " }"
    }

    fileprivate static let flagNames: [(String, Style.Attributes)] = [
        ("bold", .bold), ("dim", .dim), ("underline", .underline), ("reverse", .reverse),
    ]
}

/// Walks the nodes of one file.
private struct Reader {
    let file: String

    func error(_ node: Node?, _ message: String) -> ThemeError {
        ThemeError(file: file, line: node?.mark?.line ?? 1, column: node?.mark?.column ?? 1, message: message)
    }

    mutating func root(of text: String) throws(ThemeError) -> Node {
        do {
            guard let node = try Yams.compose(yaml: text) else { throw error(nil, "the file is empty") }
            return node
        } catch let problem as ThemeError {
            throw problem
        } catch {
            throw self.error(nil, "not YAML: \(error)")
        }
    }

    func theme(_ root: Node, known: [Theme]) throws(ThemeError) -> Theme {
        guard case .mapping(let mapping) = root else { throw error(root, "expected name, title and roles") }
        var name: String?
        var title = ""
        var base: Theme?
        var allowsDim: Bool?
        var entries: [Role: Theme.Entry] = [:]
        for (key, value) in mapping {
            switch try scalar(key) {
            case "name": name = try scalar(value)
            case "title": title = try scalar(value)
            case "dim": allowsDim = try flag(value)
            case "inherits": base = try theme(named: value, known: known)
            case "roles": entries = try roles(value)
            case let other: throw error(key, "unknown key \(other); expected name, title, inherits, dim or roles")
            }
        }
        guard let name, !name.isEmpty else { throw error(root, "a theme needs a name") }
        let all = (base?.entries ?? [:]).merging(entries) { $1 }
        guard all[.bg]?.color != nil, all[.text]?.color != nil else {
            throw error(root, "a theme needs the roles bg and text, or a theme to inherit them from")
        }
        return Theme(
            name: name, title: title, entries: all, maximumDepth: base?.maximumDepth ?? .trueColor,
            allowsDim: allowsDim ?? base?.allowsDim ?? true)
    }

    private func theme(named node: Node, known: [Theme]) throws(ThemeError) -> Theme {
        let name = try scalar(node)
        guard let theme = known.first(where: { $0.name == name }) else {
            let names = known.map(\.name).joined(separator: ", ")
            throw error(node, "unknown theme \(name) to inherit from; known are \(names)")
        }
        return theme
    }

    private func roles(_ node: Node) throws(ThemeError) -> [Role: Theme.Entry] {
        guard case .mapping(let mapping) = node else { throw error(node, "expected roles with colours") }
        var entries: [Role: Theme.Entry] = [:]
        for (key, value) in mapping {
            let name = try scalar(key)
            guard let role = Role(name: name) else { throw error(key, "unknown role \(name)") }
            entries[role] = try entry(value)
        }
        return entries
    }

    private func entry(_ node: Node) throws(ThemeError) -> Theme.Entry {
        guard case .mapping(let mapping) = node else { return Theme.Entry(try color(node)) }
        var entry = Theme.Entry()
        for (key, value) in mapping {
            let name = try scalar(key)
            if name == "color" {
                entry.color = try color(value)
            } else if let attribute = ThemeFile.flagNames.first(where: { $0.0 == name })?.1 {
                if try flag(value) { entry.attributes.insert(attribute) }
            } else {
                throw error(key, "unknown key \(name); expected color, bold, dim, underline or reverse")
            }
        }
        return entry
    }

    private func color(_ node: Node) throws(ThemeError) -> Color {
        let text = try scalar(node)
        guard let color = Color(text) else { throw error(node, "expected a colour such as \"#7cc4ff\", not \(text)") }
        return color
    }

    private func flag(_ node: Node) throws(ThemeError) -> Bool {
        switch try scalar(node) {
        case "true": return true
        case "false": return false
        case let other: throw error(node, "expected true or false, not \(other)")
        }
    }

    private func scalar(_ node: Node) throws(ThemeError) -> String {
        guard case .scalar(let scalar) = node else { throw error(node, "expected a plain value") }
        return scalar.string
    }
}
