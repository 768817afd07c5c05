/// A text that must reach neither a log nor a screen: it shows itself only when asked to.
package struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let text: String

    /// Wraps a text.
    package init(_ text: String) {
        self.text = text
    }

    /// The text itself, for the wire.
    package func reveal() -> String { text }

    /// Words that stand for the text.
    package var description: String { "(secret)" }
    /// The same words, so that a debugger's print tells nothing either.
    package var debugDescription: String { description }
    /// No children: `dump` tells nothing either.
    package var customMirror: Mirror { Mirror(self, children: [:]) }

    /// Whether another text is the same, in a time that depends on the lengths only.
    package func equals(_ other: String) -> Bool {
        let mine = Array(text.utf8)
        let theirs = Array(other.utf8)
        var difference = mine.count ^ theirs.count
        for index in theirs.indices {
            // An empty secret has no bytes to compare with; the lengths differ then.
            let own = mine.isEmpty ? 0 : mine[index % mine.count]
            difference |= Int(own ^ theirs[index])
        }
        return difference == 0 && !mine.isEmpty
    }

    /// A text without this secret in it, for messages that a peer may have echoed it into.
    package func redacted(from message: String) -> String {
        guard text.utf8.count >= 4 else { return message }
        return message.split(separator: text, omittingEmptySubsequences: false).joined(separator: description)
    }
}
