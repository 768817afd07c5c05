/// The clauses of a filter that another language or engine cannot say, with the reason for each.
package struct FilterTranslationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// One clause that cannot be said.
    package struct Clause: Sendable, Hashable {
        /// The clause in the short spelling.
        package var text: String
        /// Why not, in words.
        package var reason: String
    }

    /// Every such clause, in the order of the filter.
    package var clauses: [Clause]

    /// One line naming every clause.
    package var description: String { clauses.map { "\($0.text): \($0.reason)" }.joined(separator: "; ") }
}

extension FilterExpression {
    /// The filter as a TraceQL spanset filter with its braces; throws what TraceQL cannot say.
    ///
    /// It selects the same spans: `~` becomes an anchored expression with `.*` around, patterns become
    /// expressions, sizes and percents plain numbers.
    package func traceQL() throws(FilterTranslationError) -> String {
        let writer = TraceQLWriter()
        let unsayable = writer.unsayable(in: self)
        guard unsayable.isEmpty else { throw FilterTranslationError(clauses: unsayable) }
        if self == .everything { return "{ }" }
        return "{ \(writer.text(of: self)) }"
    }
}

/// Writes the tree as TraceQL; whatever writes another language is a sibling of this type.
private struct TraceQLWriter {
    // MARK: - What cannot be said

    func unsayable(in expression: FilterExpression) -> [FilterTranslationError.Clause] {
        var found: [FilterTranslationError.Clause] = []
        var waiting = [expression]
        while let next = waiting.popLast() {
            switch next {
            case .and(let parts), .or(let parts): waiting.append(contentsOf: parts.reversed())
            case .not(.everything): found.append(clause(next, "TraceQL has no filter that nothing matches"))
            case .not(let inner): waiting.append(inner)
            case .trace: found.append(clause(next, "a TraceQL spanset filter looks at one span"))
            case .word: break
            case .comparison(let field, _, _), .oneOf(let field, _), .exists(let field):
                if names(of: field).isEmpty { found.append(clause(next, "TraceQL has no such field")) }
            }
        }
        return found
    }

    private func clause(_ expression: FilterExpression, _ reason: String) -> FilterTranslationError.Clause {
        .init(text: expression.shortSpelling, reason: reason)
    }

    // MARK: - Fields

    /// What TraceQL calls the field, best first: a later name counts where the ones before are missing.
    private func names(of field: FilterField) -> [String] {
        switch field {
        case .intrinsic(let intrinsic): names(of: intrinsic)
        case .attribute(.event, "name"): ["event:name"]
        case .attribute(.scope, "name"): ["instrumentation:name"]
        case .attribute(.scope, "version"): ["instrumentation:version"]
        case .attribute(.scope, let key): ["instrumentation." + spelled(key)]
        case .attribute(.log, _): []
        case .attribute(let scope, let key): ["\(scope.rawValue)." + spelled(key)]
        }
    }

    private func spelled(_ key: String) -> String { FilterText.isPlainKey(key) ? key : FilterText.quoted(key) }

    private func names(of intrinsic: FilterIntrinsic) -> [String] {
        switch intrinsic {
        case .name, .status, .statusMessage, .kind, .duration: [intrinsic.rawValue]
        case .service: ["resource.service.name"]
        case .version: ["resource.service.version"]
        case .instance: ["resource.service.instance.id"]
        case .env: ["resource.deployment.environment.name", "resource.deployment.environment"]
        case .trace: ["trace:id"]
        case .span: ["span:id"]
        case .rootName: ["trace:rootName"]
        case .rootService: ["trace:rootService"]
        case .selfTime, .journey, .step, .level, .body, .state, .count: []
        }
    }

    // MARK: - Clauses

    func text(of expression: FilterExpression) -> String {
        switch expression {
        case .and(let parts): parts.map { grouped($0) }.joined(separator: " && ")
        case .or(let parts): parts.map { grouped($0) }.joined(separator: " || ")
        case .not(let inner): "!(\(text(of: inner)))"
        case .comparison(let field, let filterOperator, let value): comparison(field, filterOperator, value)
        case .oneOf(let field, let values):
            group(values.map { comparison(field, .equal, $0) }, joinedBy: " || ")
        case .exists(let field): comparison(field, .notEqual, .nil)
        case .word(let word): "name =~ " + FilterText.quoted("(?i).*\(LinearRegex.escaped(word)).*")
        case .trace: ""
        }
    }

    private func grouped(_ part: FilterExpression) -> String {
        switch part {
        case .and, .or: "(\(text(of: part)))"
        default: text(of: part)
        }
    }

    private func group(_ parts: [String], joinedBy joiner: String) -> String {
        parts.count == 1 ? parts[0] : "(" + parts.joined(separator: joiner) + ")"
    }

    private func comparison(_ field: FilterField, _ filterOperator: FilterOperator, _ value: FilterValue) -> String {
        let names = names(of: field)
        if value == .nil {
            let parts = names.map { "\($0) \(filterOperator.rawValue) nil" }
            return group(parts, joinedBy: filterOperator == .equal ? " && " : " || ")
        }
        let parts = names.indices.map { index in
            let missing = names[..<index].map { "\($0) = nil" }
            return group(missing + [comparison(names[index], filterOperator, value)], joinedBy: " && ")
        }
        return group(parts, joinedBy: " || ")
    }

    private func comparison(_ name: String, _ filterOperator: FilterOperator, _ value: FilterValue) -> String {
        switch (filterOperator, value) {
        case (.matches, .string(let regex)): "\(name) =~ \(FilterText.quoted(LinearRegex.closed(regex)))"
        case (.notMatches, .string(let regex)): "\(name) !~ \(FilterText.quoted(LinearRegex.closed(regex)))"
        case (.contains, .string(let regex)): "\(name) =~ \(FilterText.quoted(".*(?:\(LinearRegex.closed(regex))).*"))"
        case (.notContains, .string(let regex)):
            "\(name) !~ \(FilterText.quoted(".*(?:\(LinearRegex.closed(regex))).*"))"
        case (.notEqual, .range(let low, let high)): "(\(name) < \(plain(low)) || \(name) > \(plain(high)))"
        case (_, .range(let low, let high)): "(\(name) >= \(plain(low)) && \(name) <= \(plain(high)))"
        case (_, .pattern(let pattern)):
            "\(name) \(filterOperator == .equal ? "=~" : "!~") "
                + FilterText.quoted(LinearRegex.expression(forPattern: pattern))
        default: "\(name) \(filterOperator.rawValue) \(literal(value))"
        }
    }

    // MARK: - Values

    private func literal(_ value: FilterValue) -> String {
        switch value {
        case .string(let text), .pattern(let text): FilterText.quoted(text)
        case .number(let number), .range(let number, _): plain(number)
        case .status(let status): status.word
        case .kind(let kind): kind.word
        case .level(let level): level.spelling
        case .bool(let flag): flag ? "true" : "false"
        case .nil: "nil"
        }
    }

    private func plain(_ number: FilterNumber) -> String {
        switch number {
        case .integer, .decimal, .duration: number.spelling
        case .bytes(let count): String(count)
        case .percent: FilterNumber.decimal(number.doubleValue).spelling
        }
    }
}
