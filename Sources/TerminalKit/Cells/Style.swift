/// How a cell looks, in roles: a foreground, a background, and attributes.
package struct Style: Hashable, Sendable {
    /// Emphasis that also works without colour.
    package struct Attributes: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        package static let bold = Attributes(rawValue: 1)
        package static let dim = Attributes(rawValue: 2)
        package static let underline = Attributes(rawValue: 4)
        package static let reverse = Attributes(rawValue: 8)
    }

    package var foreground: Role
    package var background: Role
    package var attributes: Attributes

    /// A style such as `Style(.statusPage, on: .sel, .bold)`.
    package init(_ foreground: Role = .text, on background: Role = .bg, _ attributes: Attributes = []) {
        self.foreground = foreground
        self.background = background
        self.attributes = attributes
    }

    /// The same style on another background, as for a selected row.
    package func on(_ background: Role) -> Style { Style(foreground, on: background, attributes) }

    /// The same style with more attributes.
    package func with(_ more: Attributes) -> Style { Style(foreground, on: background, attributes.union(more)) }

    package static let text = Style(.text)
    package static let dim = Style(.textDim)
    package static let label = Style(.label)
    package static let border = Style(.border)
    package static let title = Style(.title)
    package static let key = Style(.key)
}

/// A piece of text in one style; a line of such pieces is `[StyledText]`.
package struct StyledText: Hashable, Sendable, ExpressibleByStringLiteral {
    package var text: String
    package var style: Style

    /// A piece in a style; where a word such as `.text` could be a role as well, the role is meant.
    @_disfavoredOverload
    package init(_ text: String, _ style: Style = .text) {
        self.text = text
        self.style = style
    }

    /// A piece in a role's colour on the normal background.
    package init(_ text: String, _ role: Role) {
        self.init(text, Style(role))
    }

    package init(stringLiteral value: String) {
        self.init(value)
    }
}

extension [StyledText] {
    /// Display cells the whole line needs.
    package var displayWidth: Int { reduce(0) { $0 + DisplayText.width(of: $1.text) } }
}
