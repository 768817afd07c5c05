import Telemetry

/// How a found journey becomes a file.
package enum FoundJourney {
    /// The name of the journey that a file for these runs gets: lower-case service and name, runs of other characters
    /// as one `-`.
    ///
    /// `web-gateway` and `POST /api/checkout` give `web-gateway-post-api-checkout`.
    package static func journeyName(service: String, name: String) -> String {
        var result = ""
        for scalar in "\(service) \(name)".lowercased().unicodeScalars {
            let isKept = ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar)
            if isKept {
                result.unicodeScalars.append(scalar)
            } else if !result.isEmpty, !result.hasSuffix("-") {
                result += "-"
            }
        }
        while result.hasSuffix("-") { result.removeLast() }
        return result.isEmpty ? "journey" : String(result.prefix(120))
    }

    /// The definition that selects the same runs.
    ///
    /// - Parameters:
    ///   - service: The service of the entry span.
    ///   - name: The name of the entry span.
    ///   - kind: The kind of the entry span, where all runs have the same.
    /// - Throws: `FilterError` when the names cannot be said in a filter, which no text should make happen.
    package static func definition(service: String, name: String, kind: SpanKind? = nil) throws(FilterError)
        -> JourneyDefinition
    {
        var clauses: [FilterExpression] = [
            .comparison(.intrinsic(.service), .equal, .string(service)),
            .comparison(.intrinsic(.name), .equal, .string(name)),
        ]
        if let kind, kind != .unspecified { clauses.append(.comparison(.intrinsic(.kind), .equal, .kind(kind))) }
        let text = FilterExpression.all(clauses).shortSpelling
        let file = journeyName(service: service, name: name)
        return JourneyDefinition(
            name: file, entry: try JourneyFilter(text),
            place: SourcePlace(file: file + ".yaml", line: 1, column: 1))
    }
}
