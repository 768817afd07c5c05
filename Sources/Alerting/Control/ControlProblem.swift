/// Why a request was not done: the JSON of every answer that is not a success.
package struct ControlProblem: Error, Sendable, Hashable, Codable {
    /// What was wrong, such as `no journey "chekout"`.
    package var error: String
    /// Where, such as `journey`, a field of the body.
    package var field: String?
    /// What was expected instead.
    package var expected: String?
    /// The nearest known word.
    package var suggestion: String?
    /// The HTTP status.
    package var status: Int

    /// Makes a problem.
    package init(
        _ status: Int, _ error: String, field: String? = nil, expected: String? = nil, suggestion: String? = nil
    ) {
        self.status = status
        self.error = error
        self.field = field
        self.expected = expected
        self.suggestion = suggestion
    }

    /// Nothing by that name: status 404.
    package static func unknown(
        _ what: String, _ name: String, field: String, suggestion: String? = nil
    ) -> ControlProblem {
        ControlProblem(
            404, "no \(what) \"\(name.cut(to: 60))\"", field: field, expected: "the name of a \(what) that is there",
            suggestion: suggestion)
    }

    /// One line for a terminal.
    package var text: String {
        var text = error
        if let field { text = "\(field): " + text }
        if let expected { text += "; expected \(expected)" }
        if let suggestion { text += "; did you mean \"\(suggestion)\"?" }
        return text
    }
}
