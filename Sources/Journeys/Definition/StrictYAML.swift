import Yams

/// YAML as journey files are read: one document without aliases, and an error that says where.
package enum StrictYAML {
    /// What is wrong with a text, and where.
    package struct Refusal: Error {
        /// The place and the words.
        package let diagnostic: JourneyDiagnostic
    }

    /// The root of a text's only document, or nil when the text is empty.
    ///
    /// - Throws: ``Refusal`` when the text is not YAML, holds several documents, or has an anchor or an alias.
    package static func root(of text: String, file: String) throws(Refusal) -> Node? {
        if let alias = AliasFinder.first(in: text) {
            throw refusal(file, alias.line, alias.column, "\"\(alias.text)\": YAML anchors and aliases are refused")
        }
        let root: Node?
        do {
            root = try Parser(yaml: text, encoding: .utf8).singleRoot()
        } catch {
            let failure = YAMLFailure(error)
            throw refusal(file, failure.line, failure.column, failure.problem)
        }
        if let anchored = root?.firstAnchored {
            let line = anchored.mark?.line ?? 1
            throw refusal(file, line, anchored.mark?.column ?? 1, "YAML anchors and aliases are refused")
        }
        return root
    }

    private static func refusal(_ file: String, _ line: Int, _ column: Int, _ problem: String) -> Refusal {
        Refusal(
            diagnostic: JourneyDiagnostic(
                at: SourcePlace(file: file, line: line, column: column), problem: problem))
    }
}
