import Telemetry

/// Compares rows of tables that number their values differently.
enum RowContent {
    /// What is compared.
    enum Detail {
        /// Everything, numbers bit by bit.
        case exact
        /// Everything; all numbers that are none (NaN) are one in JSON.
        case json
        /// What an outline keeps.
        case outline
    }

    /// Whether two rows say the same.
    static func areEqual(
        _ a: SpanTable, _ row: Int, _ b: SpanTable, _ other: Int, _ detail: Detail
    ) -> Bool {
        guard a.traceHigh[row] == b.traceHigh[other], a.traceLow[row] == b.traceLow[other],
            a.spanIDs[row] == b.spanIDs[other], a.parentIDs[row] == b.parentIDs[other],
            a.starts[row] == b.starts[other], a.ends[row] == b.ends[other], a.names[row] == b.names[other],
            a.kindAndStatus[row] == b.kindAndStatus[other], a.flags[row] == b.flags[other],
            areEqual(a, ValueCode(bits: a.traceStates[row]), b, ValueCode(bits: b.traceStates[other]), detail),
            areEqual(a, ValueCode(bits: a.statusMessages[row]), b, ValueCode(bits: b.statusMessages[other]), detail),
            areEqual(a, a.resource(row), b, b.resource(other), detail),
            areEqual(a, a.scope(row), b, b.scope(other), detail)
        else { return false }
        if detail == .outline { return true }
        return areEqual(a, a.attributes(row), b, b.attributes(other), detail)
            && areEqual(a, a.events(row), b, b.events(other), detail)
            && areEqual(a, a.links(row), b, b.links(other), detail)
    }

    /// Whether two rows of one table have equal codes, which equal values have in one table.
    static func haveEqualCodes(_ table: SpanTable, _ row: Int, _ other: Int) -> Bool {
        guard areEqual(table, row, table, other, .exact),
            table.attributeShapes[row] == table.attributeShapes[other]
        else { return false }
        let left = table.attributes(row)
        let right = table.attributes(other)
        return (0..<table.count(left)).allSatisfy { table.valueCode(left, $0) == table.valueCode(right, $0) }
    }

    private static func areEqual(
        _ a: SpanTable, _ left: ResourceRow, _ b: SpanTable, _ right: ResourceRow, _ detail: Detail
    ) -> Bool {
        left.service == right.service && left.version == right.version && left.environment == right.environment
            && areEqual(a, left.instance, b, right.instance, detail)
            && areEqual(a, left.attributes, b, right.attributes, detail)
    }

    private static func areEqual(
        _ a: SpanTable, _ left: ScopeRow, _ b: SpanTable, _ right: ScopeRow, _ detail: Detail
    ) -> Bool {
        left.name == right.name && left.version == right.version
            && areEqual(a, left.attributes, b, right.attributes, detail)
    }

    private static func areEqual(
        _ a: SpanTable, _ left: [EventRow], _ b: SpanTable, _ right: [EventRow], _ detail: Detail
    ) -> Bool {
        left.count == right.count
            && zip(left, right).allSatisfy {
                $0.time == $1.time && areEqual(a, $0.name, b, $1.name, detail)
                    && areEqual(a, $0.attributes, b, $1.attributes, detail)
            }
    }

    private static func areEqual(
        _ a: SpanTable, _ left: [LinkRow], _ b: SpanTable, _ right: [LinkRow], _ detail: Detail
    ) -> Bool {
        left.count == right.count
            && zip(left, right).allSatisfy {
                $0.trace == $1.trace && $0.span == $1.span && areEqual(a, $0.traceState, b, $1.traceState, detail)
                    && areEqual(a, $0.attributes, b, $1.attributes, detail)
            }
    }

    private static func areEqual(
        _ a: SpanTable, _ left: AttributeList, _ b: SpanTable, _ right: AttributeList, _ detail: Detail
    ) -> Bool {
        a.count(left) == b.count(right)
            && (0..<a.count(left)).allSatisfy {
                a.key(left, $0) == b.key(right, $0)
                    && areEqual(a, a.valueCode(left, $0), b, b.valueCode(right, $0), detail)
            }
    }

    private static func areEqual(
        _ a: SpanTable, _ left: ValueCode, _ b: SpanTable, _ right: ValueCode, _ detail: Detail
    ) -> Bool {
        let kind = a.values.kind(of: left)
        guard kind == b.values.kind(of: right) else { return false }
        switch kind {
        case .empty, .true, .false: return true
        case .int: return a.values.int(left) == b.values.int(right)
        case .double:
            let (x, y) = (a.values.number(left) ?? 0, b.values.number(right) ?? 0)
            return x.bitPattern == y.bitPattern || (detail == .json && x.isNaN && y.isNaN)
        case .string, .bytes: return bytes(a, left) == bytes(b, right)
        case .composite:
            if bytes(a, left) == bytes(b, right) { return true }
            // In JSON a number that is none loses its bits, within lists too; their text is the same.
            return detail == .json && a.values.text(left) == b.values.text(right)
        }
    }

    private static func bytes(_ table: SpanTable, _ code: ValueCode) -> [UInt8] {
        table.values.withBytes(of: code) { Array($0) }
    }
}
