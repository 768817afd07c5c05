/// The journey format as JSON Schema (draft 2020-12) and as a table of its keys, both read from ``JourneyKeyTable``.
package enum JourneySchema {
    /// What `waymark schema` prints.
    package static var json: String {
        var members = [
            ("$schema", SchemaValue.text("https://json-schema.org/draft/2020-12/schema")),
            ("title", .text("A waymark journey")),
            ("description", .text("One document of a journey file; every document is one journey.")),
        ]
        if case .object(let table) = schema(of: JourneyKeyTable.journey) { members += table }
        members.append(
            ("anyOf", .list(["entry", "join", "from"].map { .object([("required", .list([.text($0)]))]) })))
        return SchemaValue.object(members).rendered() + "\n"
    }

    /// The keys of a journey as a Markdown table.
    package static var reference: String {
        var lines = ["| Key | Meaning | Default |", "|---|---|---|"]
        add(.journey, prefix: "", to: &lines)
        add(.promises, prefix: "slo.", to: &lines)
        add(.objective, prefix: "slo.NAME.", to: &lines)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func add(_ table: JourneyKeyTable, prefix: String, to lines: inout [String]) {
        for key in table.keys + (table.others.map { [$0] } ?? []) where key.name != "slo" {
            let absent = key.isRequired ? "required" : key.whenAbsent ?? "–"
            lines.append("| `\(prefix)\(key.name)` | \(key.meaning) | \(absent) |")
        }
    }

    /// The schema of one table of keys.
    private static func schema(of table: JourneyKeyTable) -> SchemaValue {
        var members: [(String, SchemaValue)] = [("type", .text("object"))]
        if !table.keys.isEmpty {
            members.append(("properties", .object(table.keys.map { ($0.name, schema(of: $0)) })))
        }
        let required = table.keys.filter(\.isRequired).map { SchemaValue.text($0.name) }
        if !required.isEmpty { members.append(("required", .list(required))) }
        members.append(("additionalProperties", table.others.map { schema(of: $0) } ?? .flag(false)))
        if table.keys.isEmpty, table.title == "a step" {
            members += [("minProperties", .number(1)), ("maxProperties", .number(1))]
        }
        return .object(members)
    }

    private static func schema(of key: JourneyKey) -> SchemaValue {
        guard case .object(let members) = schema(of: key.value) else { return .flag(true) }
        let absent = key.whenAbsent.map { " Default: \($0)." } ?? ""
        return .object([("description", .text(key.meaning + absent))] + members)
    }

    private static func schema(of value: JourneyKeyValue) -> SchemaValue {
        func string(_ pattern: String? = nil) -> SchemaValue {
            .object(
                [("type", .text("string"))] + (pattern.map { [("pattern", .text($0))] } ?? [("minLength", .number(1))]))
        }
        switch value {
        case .name: return string("^[a-z0-9][a-z0-9._-]*$")
        case .text, .filter, .timeZone, .runbook: return string()
        case .attribute: return string("^[^\\s\"'{}\\[\\],]+$")
        case .address: return string("^[hH][tT][tT][pP][sS]?://[^/?#\\s]+\\S*$")
        case .duration: return string("^([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h|d|w))+$")
        case .percentage: return string("^[0-9]+(\\.[0-9]{1,7})?%$")
        case .factor:
            return .object([("type", .list([.text("number"), .text("string")])), ("exclusiveMinimum", .number(0))])
        case .rate: return string("^[0-9]+(\\.[0-9]{1,3})?/(s|m|min|h|d|w)$")
        case .count: return .object([("type", .text("integer")), ("minimum", .number(0))])
        case .flag: return .object([("type", .text("boolean"))])
        case .word(let words): return .object([("enum", .list(words.map { .text($0) }))])
        case .list(let element): return .object([("type", .text("array")), ("items", schema(of: element))])
        case .table(let table): return schema(of: table)
        case .form: return .object([("type", .text("string"))])
        case .either(let forms): return .object([("anyOf", .list(forms.map { schema(of: $0) }))])
        }
    }
}

/// A JSON value whose members keep their order.
indirect enum SchemaValue {
    case text(String)
    case number(Int)
    case flag(Bool)
    case list([SchemaValue])
    case object([(String, SchemaValue)])

    func rendered(indent: String = "") -> String {
        let inner = indent + "  "
        switch self {
        case .text(let text): return SchemaValue.quoted(text)
        case .number(let number): return String(number)
        case .flag(let flag): return String(flag)
        case .list(let elements):
            return "[" + elements.map { $0.rendered(indent: indent) }.joined(separator: ", ") + "]"
        case .object(let members):
            let lines = members.map { inner + SchemaValue.quoted($0.0) + ": " + $0.1.rendered(indent: inner) }
            return members.isEmpty ? "{}" : "{\n" + lines.joined(separator: ",\n") + "\n" + indent + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case _ where scalar.value < 32:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
