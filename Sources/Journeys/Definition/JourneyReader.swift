import Foundation
import Telemetry
import Yams

/// Reads the text of journey files into definitions and diagnostics.
package enum JourneyReader {
    /// What a file held.
    package struct Result: Sendable {
        /// The journeys that can be used, in the order of the file.
        package var journeys: [JourneyDefinition] = []
        /// What there is to say about the file.
        package var diagnostics: [JourneyDiagnostic] = []
    }

    /// Reads every document of a file.
    ///
    /// A document with an error yields no journey; the others go on.
    ///
    /// - Parameters:
    ///   - text: The text of the file.
    ///   - file: Its path, for the diagnostics.
    package static func read(_ text: String, file: String) -> Result {
        var library = OpenSLOLibrary()
        var result = read(text, file: file, into: &library)
        let promised = library.journeys()
        result.journeys += promised.journeys
        result.diagnostics += promised.diagnostics
        return result
    }

    /// Reads every document of a file; OpenSLO objects go into a library, since they may refer to those of other files.
    static func read(_ text: String, file: String, into library: inout OpenSLOLibrary) -> Result {
        var result = Result()
        for document in JourneyText(text).documents {
            let (journey, diagnostics) = read(document, file: file, into: &library)
            result.diagnostics += diagnostics
            if let journey { result.journeys.append(journey) }
        }
        return result
    }

    private static func read(
        _ document: JourneyText.Document,
        file: String,
        into library: inout OpenSLOLibrary
    ) -> (JourneyDefinition?, [JourneyDiagnostic]) {
        var reader = NodeReader(file: file, linesBefore: document.linesBefore)
        if let alias = AliasFinder.first(in: document.text) {
            let place = SourcePlace(file: file, line: document.linesBefore + alias.line, column: alias.column)
            reader.refuseAlias("\"\(alias.text)\": ", at: place)
            return (nil, reader.diagnostics)
        }
        do {
            guard let root = try Parser(yaml: document.text, encoding: .utf8).singleRoot() else { return (nil, []) }
            if let anchored = root.firstAnchored {
                reader.refuseAlias("", at: reader.place(anchored))
                return (nil, reader.diagnostics)
            }
            return read(root, &reader, into: &library)
        } catch {
            let failure = YAMLFailure(error)
            let place = SourcePlace(file: file, line: document.linesBefore + failure.line, column: failure.column)
            reader.report(at: place, failure.problem, expected: hint(for: failure, in: document.text))
            return (nil, reader.diagnostics)
        }
    }

    /// The usual reasons why a journey file is not YAML.
    private static func hint(for failure: YAMLFailure, in text: String) -> String? {
        let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
        guard failure.line <= lines.count else { return nil }
        for line in lines[max(0, failure.line - 2)..<failure.line] {
            if let colon = line.firstIndex(of: ":"), line[colon...].dropFirst().drop(while: { $0 == " " }).first == "{"
            {
                return "a filter that begins with a brace to stand in quotes: YAML reads a bare brace as a map"
            }
        }
        return nil
    }

    private static func read(
        _ root: Node,
        _ reader: inout NodeReader,
        into library: inout OpenSLOLibrary
    ) -> (JourneyDefinition?, [JourneyDiagnostic]) {
        if let version = OpenSLOObject.version(of: root) {
            let text = version.scalar?.string ?? ""
            if text.lowercased().hasPrefix("openslo") {
                library.add(OpenSLOObject.read(root, &reader))
            } else {
                reader.report(
                    at: reader.place(root), "apiVersion \"\(text)\"",
                    expected: "a journey, which begins with \"journey: NAME\", or an object of \(OpenSLO.version)")
            }
            return (nil, reader.diagnostics)
        }
        guard let entries = reader.entries(root, of: .journey) else { return (nil, reader.diagnostics) }
        var name: String?
        if let entry = entries.first(where: { $0.name == "journey" }) { name = reader.scalar(entry, journeyName) }
        var definition = JourneyDefinition(name: name ?? "", entry: nil, place: reader.place(root))
        for entry in entries where entry.name != "journey" { reader.apply(entry, to: &definition) }
        reader.checkWhole(definition, entries)
        let diagnostics = reader.diagnostics.map { diagnostic in
            var named = diagnostic
            named.journey = name
            return named
        }
        return (reader.hasErrors || name == nil ? nil : definition, diagnostics)
    }

    /// Whether a text is the name of a journey, an objective or a step.
    package static func journeyName(_ text: String) -> String? {
        let isLetter: (Unicode.Scalar) -> Bool = { ("a"..."z").contains($0) || ("0"..."9").contains($0) }
        let scalars = text.unicodeScalars
        guard let first = scalars.first, isLetter(first), scalars.count <= 128 else { return nil }
        return scalars.allSatisfy { isLetter($0) || $0 == "." || $0 == "_" || $0 == "-" } ? text : nil
    }

    /// Whether a text is an http or https address.
    static func address(_ text: String) -> String? {
        for scheme in ["https://", "http://"] where text.lowercased().hasPrefix(scheme) {
            let host = text.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
            let isClean = text.unicodeScalars.allSatisfy { $0.value > 32 && $0.value != 127 }
            return host.isEmpty || !isClean ? nil : text
        }
        return nil
    }

    static func runbook(_ text: String) -> JourneyDefinition.Runbook? {
        if let address = address(text) { return .address(address) }
        let lower = text.lowercased()
        guard lower.hasSuffix(".md") || lower.hasSuffix(".markdown"), !text.contains("://") else { return nil }
        return .markdown(text)
    }

    /// Whether a text can be the key of an attribute.
    static func attribute(_ text: String) -> String? {
        text.unicodeScalars.allSatisfy { $0.value > 32 && $0.value != 127 && !"\"'{}[],".unicodeScalars.contains($0) }
            ? text : nil
    }

    static func traffic(_ text: String) -> JourneyDefinition.Traffic? {
        if text == "usual" { return .usual }
        if text == "never" { return .never }
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let count = try? DecimalText.scaled(parts[0], decimals: 3), count > 0 else {
            return nil
        }
        let unit = parts[1] == "min" ? "m" : String(parts[1])
        guard let per = DurationText.units.first(where: { $0.name == unit })?.nanoseconds, per >= 1_000_000_000 else {
            return nil
        }
        return .rate(thousandths: count, per: per)
    }

    static func flag(_ text: String) -> Bool? {
        switch text {
        case "true": true
        case "false": false
        default: nil
        }
    }

    static func timeZone(_ text: String) -> String? {
        TimeZone(identifier: text) == nil ? nil : text
    }

    static func positiveDuration(_ text: String) -> UInt64? {
        DurationText.nanoseconds(text).flatMap { $0 > 0 && $0 <= 3_650 * 86_400_000_000_000 ? $0 : nil }
    }

    static func count(_ text: String) -> UInt64? {
        (try? DecimalText.scaled(text, decimals: 0)).flatMap { text.contains(".") ? nil : $0 }
    }
}
