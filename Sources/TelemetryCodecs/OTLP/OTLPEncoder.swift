import Telemetry

/// Writes rows of a table as OTLP requests, grouped by resource and scope in the order they first appear.
///
/// The other direction of ``OTLPProtobuf`` and of the JSON decoder: decoding what is written gives equal rows. What the
/// table has no place for (see ``OTLPProtobuf``) is not written.
package enum OTLPEncoder {
    /// Writes an `ExportTraceServiceRequest` in the binary form.
    ///
    /// - Parameter rows: rows of the table, in the order to be written within their group.
    package static func protobuf(_ table: SpanTable, rows: some Collection<Int>) -> [UInt8] {
        var encoder = OTLPEncoderProtobuf(table: table)
        for group in groups(table, rows) { encoder.write(group) }
        return encoder.out.bytes
    }

    /// Writes an `ExportTraceServiceRequest` in OTLP's JSON form, as one line without a line feed.
    ///
    /// Ids are lower-case hexadecimal, 64-bit integers strings, enums integers and byte strings base64.
    package static func json(_ table: SpanTable, rows: some Collection<Int>) -> [UInt8] {
        var encoder = OTLPEncoderJSON(table: table)
        encoder.write(groups(table, rows))
        return encoder.out.bytes
    }

    /// The rows of one resource.
    struct Group {
        let resource: ResourceRow
        var scopes: [(scope: ScopeRow, rows: [Int])] = []
        /// The place in `scopes` of a scope's number.
        var places: [UInt32: Int] = [:]
    }

    private static func groups(_ table: SpanTable, _ rows: some Collection<Int>) -> [Group] {
        var groups: [Group] = []
        var places: [UInt32: Int] = [:]
        for row in rows {
            let resource = table.resourceOf[row]
            let place = places[resource] ?? groups.count
            if place == groups.count {
                places[resource] = place
                groups.append(Group(resource: table.resource(row)))
            }
            let scope = table.scopeOf[row]
            let inner = groups[place].places[scope] ?? groups[place].scopes.count
            if inner == groups[place].scopes.count {
                groups[place].places[scope] = inner
                groups[place].scopes.append((table.scope(row), []))
            }
            groups[place].scopes[inner].rows.append(row)
        }
        return groups
    }
}

/// The texts of symbols as bytes, each asked of the process-wide table once.
struct SymbolTexts {
    private var known: [UInt32: [UInt8]] = [:]

    mutating func bytes(_ symbol: Symbol) -> [UInt8] {
        if let bytes = known[symbol.code] { return bytes }
        let bytes = Array(symbol.text.utf8)
        known[symbol.code] = bytes
        return bytes
    }
}
