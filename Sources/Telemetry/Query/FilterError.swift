/// Why a filter could not be read, and where.
package struct FilterError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Bytes of the text's UTF-8, from 0, that the error is about; empty at the end of the text.
    package var range: Range<Int>
    /// The same in characters, from 0: what to underline.
    package var columns: Range<Int>
    /// What was read and what is wrong with it.
    package var problem: String
    /// What would have been right there.
    package var expected: String?
    /// The known spelling nearest to what was read.
    package var suggestion: String?

    /// The character the error begins at, from 1.
    package var column: Int { columns.lowerBound + 1 }

    /// One line: column, problem, and what to do.
    package var description: String { "column \(column): \(message)" }

    /// `description` without the column.
    package var message: String {
        if let suggestion { return "\(problem); did you mean \(suggestion)?" }
        if let expected { return "\(problem); expected \(expected)" }
        return problem
    }
}
