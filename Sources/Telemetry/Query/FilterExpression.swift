/// What a filter asks: the one tree that both spellings are read into and every reader of filters works on.
///
/// `and` and `or` hold at least two parts and never a part of their own sort, with one exception: `and([])` is
/// the empty filter, which everything matches. Build them with `all` and `any` to keep it so. The parser limits
/// the depth to `FilterLimits.depth`, so walking the tree by recursion is safe.
package indirect enum FilterExpression: Sendable, Hashable {
    case and([FilterExpression])
    case or([FilterExpression])
    case not(FilterExpression)
    /// A missing field makes every comparison false, `!=` too; only `= nil` is true then.
    case comparison(FilterField, FilterOperator, FilterValue)
    /// The field equals one of the values.
    case oneOf(FilterField, [FilterValue])
    case exists(FilterField)
    /// A part of the name or body, in any letter case.
    case word(String)
    /// Some span of the trace matches.
    case trace(FilterExpression)

    /// The filter everything matches.
    package static let everything = FilterExpression.and([])

    /// All of these, flattened; one alone stays itself.
    package static func all(_ parts: [FilterExpression]) -> FilterExpression {
        let flat = parts.flatMap { part in
            if case .and(let inner) = part { inner } else { [part] }
        }
        return flat.count == 1 ? flat[0] : .and(flat)
    }

    /// Any of these, flattened; one alone stays itself, and none at all is a filter nothing matches.
    package static func any(_ parts: [FilterExpression]) -> FilterExpression {
        let flat = parts.flatMap { part in
            if case .or(let inner) = part { inner } else { [part] }
        }
        guard !flat.isEmpty else { return .not(.everything) }
        return flat.count == 1 ? flat[0] : .or(flat)
    }

    /// Every clause that names no other clause, from left to right.
    package var clauses: [FilterExpression] {
        var found: [FilterExpression] = []
        var waiting = [self]
        while let next = waiting.popLast() {
            switch next {
            case .and(let parts), .or(let parts): waiting.append(contentsOf: parts.reversed())
            case .not(let inner), .trace(let inner): waiting.append(inner)
            case .comparison, .oneOf, .exists, .word: found.append(next)
            }
        }
        return found
    }

    /// The fields that are asked for, each once, in the order of the text.
    package var fields: [FilterField] {
        var seen: Set<FilterField> = []
        return clauses.compactMap(\.field).filter { seen.insert($0).inserted }
    }

    /// The field of a single clause.
    package var field: FilterField? {
        switch self {
        case .comparison(let field, _, _), .oneOf(let field, _), .exists(let field): field
        case .and, .or, .not, .word, .trace: nil
        }
    }
}

/// Bounds on what a filter may be, so that no text can exhaust the program.
package enum FilterLimits {
    /// Longest text, in bytes of UTF-8.
    package static let bytes = 64 * 1024
    /// Deepest nesting of parentheses, `not` and `trace(…)`.
    package static let depth = 100
    /// Most clauses; each takes memory as long as the filter is used.
    package static let clauses = 1_000
    /// Most regular expressions; the worst of them take milliseconds and megabytes each.
    package static let expressions = 100
}

/// Where a filter stands, which decides what it may say.
package enum FilterMode: Sendable, Hashable {
    /// The filter bar: a lone word is looked for in names and bodies, any bare key is accepted.
    case bar
    /// A journey file: only one span is looked at, words are errors, a bare key is an intrinsic or has a dot.
    case journeyFile
}
