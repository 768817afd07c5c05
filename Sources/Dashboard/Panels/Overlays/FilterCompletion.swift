import Telemetry

/// What may come next in the filter bar.
struct FilterCompletion: Sendable, Equatable {
    /// The whole word.
    let word: String
    /// What is known about it.
    let detail: String
    /// What Tab inserts: the rest of the word.
    let insertion: String

    /// What there is to say about keys of a filter that no data had, such as `servce: not seen; nearest service`.
    static func unseen(in typed: String) -> String? {
        guard let expression = try? FilterExpression(parsing: typed, mode: .bar) else { return nil }
        let unseen = expression.fields.compactMap { field -> String? in
            guard case .attribute(_, let key) = field, Words.existing(key) == nil else { return nil }
            let nearest = EditDistance.nearest(to: key, among: FilterIntrinsic.allCases.map(\.rawValue))
            return "\(key): not seen" + (nearest.map { "; nearest \($0)" } ?? "")
        }
        return unseen.isEmpty ? nil : unseen.joined(separator: "   ")
    }

    /// The completions of the word before the cursor, best first: fields, then a field's values.
    static func entries(for typed: String) -> [FilterCompletion] {
        let start = typed.lastIndex { " (!{&|,".contains($0) }.map(typed.index(after:)) ?? typed.startIndex
        let word = typed[start...]
        if let place = word.firstIndex(where: { "=<>~:".contains($0) }) {
            let field = word[..<place].trimmingSuffix(of: "!")
            let value = word[place...].drop { "=<>~:".contains($0) }
            guard let intrinsic = FilterIntrinsic(spelling: String(field)) else { return [] }
            return intrinsic.knownValues.filter { $0.hasPrefix(value.lowercased()) }.map {
                FilterCompletion(word: $0, detail: "value of \(field)", insertion: String($0.dropFirst(value.count)))
            }
        }
        guard !word.isEmpty else { return [] }
        return FilterIntrinsic.allCases.filter { $0.rawValue.lowercased().hasPrefix(word.lowercased()) }.map {
            FilterCompletion(
                word: $0.rawValue + "=", detail: $0.documentation,
                insertion: String($0.rawValue.dropFirst(word.count)) + "=")
        }
    }
}

extension Substring {
    fileprivate func trimmingSuffix(of character: Character) -> Substring {
        last == character ? dropLast() : self
    }
}
