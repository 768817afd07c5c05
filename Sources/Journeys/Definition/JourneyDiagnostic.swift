/// A place in a text file, as editors count it.
package struct SourcePlace: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The file's path as it was given.
    package let file: String
    /// The line, from 1.
    package let line: Int
    /// The column in Unicode scalars, from 1.
    package let column: Int

    /// Makes a place.
    package init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// `file:line:column`, the form that editors and terminals make clickable.
    package var description: String { "\(file):\(line):\(column)" }

    /// Orders places by file, then by position.
    package static func < (one: SourcePlace, other: SourcePlace) -> Bool {
        (one.file, one.line, one.column) < (other.file, other.line, other.column)
    }
}

/// What the reader of journey files has to say about one place in them.
///
/// It is data; the words are put together in ``description`` and nowhere else.
package struct JourneyDiagnostic: Sendable, Hashable, CustomStringConvertible {
    /// How bad it is.
    package enum Severity: String, Sendable, Hashable {
        /// The journey, or the part of it named, is not used.
        case error
        /// The journey is used, but probably not as its author thinks.
        case warning
        /// Nothing is wrong; the reader decided something its author should know.
        case note
    }

    /// How bad it is.
    package var severity: Severity
    /// Where it is.
    package var place: SourcePlace
    /// The journey it is about, where its name could be read.
    package var journey: String?
    /// What was read there, and what is wrong with it.
    package var problem: String
    /// What was expected instead.
    package var expected: String?
    /// The nearest known word.
    package var suggestion: String?
    /// The other place it is about, such as the first of two journeys with one name.
    package var other: SourcePlace?

    /// Makes a diagnostic.
    package init(
        _ severity: Severity = .error,
        at place: SourcePlace,
        journey: String? = nil,
        problem: String,
        expected: String? = nil,
        suggestion: String? = nil,
        other: SourcePlace? = nil
    ) {
        self.severity = severity
        self.place = place
        self.journey = journey
        self.problem = problem
        self.expected = expected
        self.suggestion = suggestion
        self.other = other
    }

    /// One line: place, severity, what was read, what was expected, the suggestion and the other place.
    package var description: String {
        var text = "\(place): \(severity.rawValue): \(problem)"
        if let expected { text += "; expected \(expected)" }
        if let suggestion { text += "; did you mean \"\(suggestion)\"?" }
        if let other { text += "; see \(other)" }
        return text
    }
}
