/// Something that somebody reported: a deployment, a changed setting or a note, by command, by file or as a log record.
///
/// Every text is cut to ``maximumTextBytes``; a screen still has to tame control characters.
package struct ReportedMark: Sendable, Hashable {
    /// What is reported.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// A deployment: ``service``, ``version``.
        case deploy
        /// A setting: ``subject``, ``before``, ``version`` as the new value.
        case config
        /// Words.
        case note
    }

    /// The longest text kept, in bytes.
    package static let maximumTextBytes = 500

    /// When it happened, in Unix nanoseconds; zero when the report does not say, so that its arrival counts.
    package var time: UInt64
    /// What is reported.
    package var kind: Kind
    /// The service; nil for all of them.
    package var service: String?
    /// The version that is deployed, or the setting's new value.
    package var version: String?
    /// What it was before.
    package var before: String?
    /// The setting's key.
    package var subject: String?
    /// The journey, for a note about one.
    package var journey: String?
    /// The environment; nil for any.
    package var environment: String?
    /// Words for people.
    package var text: String?
    /// Who did it.
    package var by: String?

    /// Makes a report.
    package init(time: UInt64, kind: Kind) {
        self.time = time
        self.kind = kind
    }

    /// The text as it is kept: nil for an empty one, cut at a character's boundary when it is too long.
    package static func kept(_ text: String?) -> String? {
        guard let text, !text.isEmpty else { return nil }
        guard text.utf8.count > maximumTextBytes else { return text }
        var kept = ""
        var size = 3
        for scalar in text.unicodeScalars {
            size += UTF8.width(scalar)
            if size > maximumTextBytes { break }
            kept.unicodeScalars.append(scalar)
        }
        return kept + "…"
    }
}
