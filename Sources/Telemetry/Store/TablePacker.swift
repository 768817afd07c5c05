/// Writes a table into little memory, once, when no more rows will be added.
///
/// Rows, codes and numbers of resources and scopes stay what they are; lists of attributes get new numbers.
struct TablePacker {
    private let table: SpanTable
    private let count: Int
    private let builder: PackedNumbers.Builder
    private let lister = ValueLister()
    private var layout = PackedTable.Layout()

    /// The table in little memory; nil when it is too large for that, or packed already.
    static func packed(_ table: SpanTable) -> SpanTable? {
        guard table.packed == nil, table.count > 0, table.count < Int(Int32.max) else { return nil }
        var packer = TablePacker(table)
        return packer.packed()
    }

    private init(_ table: SpanTable) {
        self.table = table
        count = table.count
        builder = PackedNumbers.Builder(capacity: table.count * 64)
    }

    private mutating func packed() -> SpanTable? {
        var new = table
        packLists(&new)
        note("attribute values")
        packTraces()
        note("traces")
        let spans = add(table.spanIDs)
        note("spans")
        let parents = packParents(spans)
        note("parents")
        let starts = add(table.starts)
        note("starts")
        let ends = packEnds(starts)
        note("ends")
        packDurationCodes()
        note("duration codes")
        layout.names = words(table.names, isWhole: true)
        note("names")
        layout.statusMessages = words(table.statusMessages)
        note("status messages")
        layout.kindAndStatus = add(table.kindAndStatus, isWhole: true)
        note("kinds and status")
        layout.resourceOf = add(table.resourceOf, isWhole: true)
        note("resources")
        layout.scopeOf = add(table.scopeOf, isWhole: true)
        note("scopes")
        layout.attributeShapes = add(table.attributeShapes, isWhole: true)
        note("attribute shapes")
        let flags = words(table.flags)
        note("flags")
        let states = words(table.traceStates)
        note("trace states")
        let events = add(table.eventOffsets)
        note("events")
        let links = add(table.linkOffsets)
        note("links")
        layout.valueKinds = add(table.values.kinds)
        let payloads = packPayloads()
        note("distinct values")
        guard let numbers = builder.finish() else { return nil }
        func column<Element>(_ form: ColumnSource.Form, _ count: Int? = nil) -> Column<Element> {
            Column(ColumnSource(numbers, form), count: count ?? self.count)
        }
        new.traceHigh = column(.listed(layout.traces.first, in: layout.traces.high))
        new.traceLow = column(.listed(layout.traces.first, in: layout.traces.low))
        new.spanIDs = column(.plain(spans))
        new.parentIDs = column(parents)
        new.starts = column(.plain(starts))
        new.ends = column(ends)
        new.names = column(layout.names.form)
        new.resourceOf = column(.plain(layout.resourceOf))
        new.scopeOf = column(.plain(layout.scopeOf))
        new.kindAndStatus = column(.plain(layout.kindAndStatus))
        new.flags = column(flags.form)
        new.statusMessages = column(layout.statusMessages.form)
        new.traceStates = column(states.form)
        new.attributeShapes = column(.plain(layout.attributeShapes))
        new.attributeOffsets = column(.plain(layout.attributeNumbers))
        new.eventOffsets = column(.plain(events))
        new.linkOffsets = column(.plain(links))
        new.values.kinds = column(.plain(layout.valueKinds), table.values.count)
        new.values.payloads = column(payloads, table.values.count)
        new.values.bytes = table.values.bytes.trimmed()
        new.shapeKeys = table.shapeKeys.trimmed()
        new.shapes = table.shapes.trimmed()
        new.arrivals = table.arrivals.trimmed()
        new.packed = PackedTable(numbers, layout)
        return new
    }

    /// Says what the bytes since the last call are for.
    private mutating func note(_ part: String) {
        let before = layout.bytesByPart.reduce(0) { $0 + $1.bytes }
        layout.bytesByPart.append((part, builder.byteCount - before))
    }

    // MARK: - Numbers

    private func add<Number: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        _ column: Column<Number>, isWhole: Bool = false
    ) -> Int {
        column.withUnsafeBuffer { builder.add($0, isWhole: isWhole) }
    }

    private func add<Number: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        _ numbers: [Number], isWhole: Bool = false
    ) -> Int {
        numbers.withUnsafeBufferPointer { builder.add($0, isWhole: isWhole) }
    }

    /// Numbers of which few are distinct, or which lie close together; which of both is found out.
    private mutating func words(_ column: Column<UInt32>, isWhole: Bool = false) -> PackedTable.Words {
        column.withUnsafeBuffer { words($0, isWhole: isWhole) }
    }

    private mutating func words(_ numbers: UnsafeBufferPointer<UInt32>, isWhole: Bool) -> PackedTable.Words {
        guard lister.list(numbers) else {
            return PackedTable.Words(first: builder.add(numbers, isWhole: isWhole))
        }
        let distinct = add(lister.distinct)
        let first = builder.add(UnsafeBufferPointer(rebasing: lister.places[..<numbers.count]), isWhole: isWhole)
        return PackedTable.Words(first: first, distinct: distinct, distinctCount: lister.distinct.count)
    }

    // MARK: - Times

    private mutating func packEnds(_ starts: Int) -> ColumnSource.Form {
        var distances = [UInt64](repeating: 0, count: count)
        var fits = true
        table.starts.withUnsafeBuffer { starts in
            table.ends.withUnsafeBuffer { ends in
                for row in 0..<count {
                    let distance = ends[row] &- starts[row]
                    // As a signed number it must say which of both is later.
                    fits = fits && (distance >> 63 == 1) == (ends[row] < starts[row])
                    distances[row] = distance ^ 1 << 63
                }
            }
        }
        guard fits else { return .plain(add(table.ends)) }
        let added = add(distances)
        layout.durations = added
        return .distance(added, from: starts)
    }

    /// Writes what filters look at before they look at a duration itself.
    private mutating func packDurationCodes() {
        guard layout.durations != nil else { return }
        var codes = [UInt16](repeating: 0, count: count)
        var bounds: [ClosedRange<UInt64>] = []
        table.starts.withUnsafeBuffer { starts in
            table.ends.withUnsafeBuffer { ends in
                for first in stride(from: 0, to: count, by: PackedNumbers.blockSize) {
                    var low = UInt64.max
                    var high: UInt64 = 0
                    for row in first..<min(count, first + PackedNumbers.blockSize) {
                        let duration = ends[row] > starts[row] ? ends[row] - starts[row] : 0
                        low = min(low, duration)
                        high = max(high, duration)
                        codes[row] = DurationCode.code(of: duration)
                    }
                    bounds.append(low...high)
                }
            }
        }
        layout.durationBounds = bounds
        layout.durationCodes = add(codes, isWhole: true)
    }

    // MARK: - Ids

    /// Numbers the traces as they first appear.
    private mutating func packTraces() {
        var high: [UInt64] = []
        var low: [UInt64] = []
        var numbers = [UInt32](repeating: 0, count: count)
        var slots = [UInt32](repeating: 0, count: 1 << 10)
        var isCrowded = false
        var last = -1
        table.traceHigh.withUnsafeBuffer { highs in
            table.traceLow.withUnsafeBuffer { lows in
                for row in 0..<count {
                    if last < 0 || low[last] != lows[row] || high[last] != highs[row] {
                        if low.count * 3 > slots.count * 2 {
                            slots = Self.slots(slots.count * 4, high, low, &isCrowded)
                        }
                        last = Self.place(highs[row], lows[row], &high, &low, &slots, &isCrowded)
                    }
                    numbers[row] = UInt32(truncatingIfNeeded: last)
                }
            }
        }
        var fitting = 16
        while fitting * 2 < high.count * 3 { fitting *= 2 }
        slots = Self.slots(fitting, high, low, &isCrowded)
        layout.traces = PackedTraces(
            first: add(numbers), high: add(high), low: add(low), count: high.count, slots: add(slots),
            slotCount: slots.count, isCrowded: isCrowded)
    }

    /// The number of a trace, new or known; one that finds no slot in reach gets a new number each time.
    private static func place(
        _ traceHigh: UInt64, _ traceLow: UInt64, _ high: inout [UInt64], _ low: inout [UInt64], _ slots: inout [UInt32],
        _ isCrowded: inout Bool
    ) -> Int {
        let mask = slots.count - 1
        var slot = PackedTraces.hash(traceHigh, traceLow) & mask
        for _ in 0..<PackedTraces.reach {
            let found = Int(slots[slot])
            if found == 0 {
                slots[slot] = UInt32(truncatingIfNeeded: low.count + 1)
                high.append(traceHigh)
                low.append(traceLow)
                return low.count - 1
            }
            if low[found - 1] == traceLow, high[found - 1] == traceHigh { return found - 1 }
            slot = (slot + 1) & mask
        }
        isCrowded = true
        high.append(traceHigh)
        low.append(traceLow)
        return low.count - 1
    }

    private static func slots(_ size: Int, _ high: [UInt64], _ low: [UInt64], _ isCrowded: inout Bool) -> [UInt32] {
        var slots = [UInt32](repeating: 0, count: size)
        for number in low.indices {
            var slot = PackedTraces.hash(high[number], low[number]) & (size - 1)
            var left = PackedTraces.reach
            while slots[slot] != 0, left > 0 {
                slot = (slot + 1) & (size - 1)
                left -= 1
            }
            if left > 0 { slots[slot] = UInt32(truncatingIfNeeded: number + 1) } else { isCrowded = true }
        }
        return slots
    }

    /// The rows of parents: most are in the table.
    private func packParents(_ spans: Int) -> ColumnSource.Form {
        var others: [UInt64] = []
        var places = [UInt32](repeating: 0, count: count)
        table.spanIDs.withUnsafeBuffer { ids in
            table.parentIDs.withUnsafeBuffer { parents in
                let rows = RowFinder(ids)
                for row in 0..<count {
                    let parent = parents[row]
                    guard parent != 0 else {
                        places[row] = UInt32(truncatingIfNeeded: row)
                        continue
                    }
                    if let found = rows.row(of: parent, in: ids), found != row {
                        places[row] = UInt32(truncatingIfNeeded: found)
                    } else {
                        if others.last != parent { others.append(parent) }
                        places[row] = UInt32(truncatingIfNeeded: count + others.count - 1)
                    }
                }
                rows.free()
            }
        }
        let added = add(others)
        return .rows(add(places), in: spans, count: count, orElse: added)
    }

    // MARK: - Values

    private mutating func packPayloads() -> ColumnSource.Form {
        let payloads = table.values.payloads
        var high = [UInt32](repeating: 0, count: payloads.count)
        var low = high
        payloads.withUnsafeBuffer { payloads in
            for entry in payloads.indices {
                high[entry] = UInt32(truncatingIfNeeded: payloads[entry] >> 32)
                low[entry] = UInt32(truncatingIfNeeded: payloads[entry])
            }
        }
        layout.valueLengths = add(low)
        layout.valuePlaces = add(high)
        return .halves(high: layout.valuePlaces, low: layout.valueLengths)
    }

    /// Turns lists of values into columns by shape and position, and numbers the lists of each shape.
    private mutating func packLists(_ new: inout SpanTable) {
        var numberer = ListNumberer(table)
        var numbers = [UInt32](repeating: 0, count: count)
        table.attributeShapes.withUnsafeBuffer { shapes in
            for row in 0..<count { numbers[row] = numberer.next(shapes[row]) }
        }
        layout.spanListCounts = numberer.counts
        new.events = Column((0..<table.events.count).map { table.events[$0].with { numberer.take($0) } })
        new.links = Column((0..<table.links.count).map { table.links[$0].with { numberer.take($0) } })
        new.resources = Column((0..<table.resources.count).map { table.resources[$0].with { numberer.take($0) } })
        new.scopes = Column((0..<table.scopes.count).map { table.scopes[$0].with { numberer.take($0) } })
        layout.listCounts = numberer.counts
        layout.attributeNumbers = add(numbers, isWhole: true)
        note("attribute offsets")
        packValues(numberer.others)
        new.attributeValues = Column()
    }

    private mutating func packValues(_ others: [AttributeList]) {
        var first = 0
        var firsts: [Int] = []
        for shape in 0..<table.shapes.count {
            layout.firstValues.append(layout.values.count)
            firsts.append(first)
            let width = Int(table.shapes[shape].count)
            layout.values += Array(repeating: PackedTable.Words(), count: width)
            first += width * layout.listCounts[shape]
        }
        let gathered = UnsafeMutableBufferPointer<UInt32>.allocate(capacity: max(1, first))
        defer { gathered.deallocate() }
        gather(others, firsts, gathered)
        for shape in 0..<table.shapes.count {
            let lists = layout.listCounts[shape]
            for position in 0..<Int(table.shapes[shape].count) where lists > 0 {
                let start = firsts[shape] + position * lists
                let column = UnsafeBufferPointer(rebasing: gathered[start..<start + lists])
                layout.values[layout.firstValues[shape] + position] = words(column, isWhole: false)
            }
        }
    }

    /// Writes every value to its place: by shape, by position, by number of the list.
    private func gather(_ others: [AttributeList], _ firsts: [Int], _ target: UnsafeMutableBufferPointer<UInt32>) {
        var next = firsts
        let widths = (0..<table.shapes.count).map { Int(table.shapes[$0].count) }
        let lists = layout.listCounts
        table.attributeValues.withUnsafeBuffer { values in
            func write(_ shape: Int, _ offset: Int) {
                var place = next[shape]
                next[shape] += 1
                for position in 0..<widths[shape] {
                    target[place] = values[offset + position]
                    place += lists[shape]
                }
            }
            table.attributeShapes.withUnsafeBuffer { shapes in
                table.attributeOffsets.withUnsafeBuffer { offsets in
                    for row in 0..<count { write(Int(shapes[row]), Int(offsets[row])) }
                }
            }
            for list in others { write(Int(list.shape), Int(list.offset)) }
        }
    }
}

extension SpanTable {
    /// The same rows in as little memory as they can have; the table itself when that is not possible.
    ///
    /// What is read from it is the same, but for the numbers in ``AttributeList/offset``: lists go with their table.
    package func packedRows() -> SpanTable { TablePacker.packed(self) ?? self }
}

/// Gives lists their numbers within their shapes.
private struct ListNumberer {
    private(set) var counts: [Int]
    /// The lists that are not spans', in the order they were numbered.
    private(set) var others: [AttributeList] = []

    init(_ table: SpanTable) { counts = Array(repeating: 0, count: table.shapes.count) }

    mutating func next(_ shape: UInt32) -> UInt32 {
        defer { counts[Int(shape)] += 1 }
        return UInt32(truncatingIfNeeded: counts[Int(shape)])
    }

    mutating func take(_ list: AttributeList) -> AttributeList {
        others.append(list)
        return AttributeList(shape: list.shape, offset: next(list.shape))
    }
}

extension EventRow {
    fileprivate func with(_ change: (AttributeList) -> AttributeList) -> EventRow {
        EventRow(time: time, name: name, attributes: change(attributes))
    }
}

extension LinkRow {
    fileprivate func with(_ change: (AttributeList) -> AttributeList) -> LinkRow {
        LinkRow(trace: trace, span: span, traceState: traceState, attributes: change(attributes))
    }
}

extension ResourceRow {
    fileprivate func with(_ change: (AttributeList) -> AttributeList) -> ResourceRow {
        ResourceRow(
            service: service, version: version, environment: environment, instance: instance,
            attributes: change(attributes))
    }
}

extension ScopeRow {
    fileprivate func with(_ change: (AttributeList) -> AttributeList) -> ScopeRow {
        ScopeRow(name: name, version: version, attributes: change(attributes))
    }
}

/// Finds the rows of span ids; a few that find no slot in time are not found, which costs memory and nothing else.
private struct RowFinder {
    private static let reach = 16

    private let slots: UnsafeMutableBufferPointer<UInt32>

    init(_ ids: UnsafeBufferPointer<UInt64>) {
        var size = 16
        while size < ids.count * 2 { size *= 2 }
        slots = .allocate(capacity: size)
        slots.initialize(repeating: 0)
        for row in ids.indices {
            var slot = Int(truncatingIfNeeded: mixed(ids[row])) & (size - 1)
            for _ in 0..<RowFinder.reach {
                if slots[slot] == 0 {
                    slots[slot] = UInt32(truncatingIfNeeded: row + 1)
                    break
                }
                slot = (slot + 1) & (size - 1)
            }
        }
    }

    func row(of id: UInt64, in ids: UnsafeBufferPointer<UInt64>) -> Int? {
        var slot = Int(truncatingIfNeeded: mixed(id)) & (slots.count - 1)
        for _ in 0..<RowFinder.reach where slots[slot] != 0 {
            let row = Int(slots[slot]) - 1
            if ids[row] == id { return row }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    func free() { slots.deallocate() }
}

/// Finds out whether few numbers of a column are distinct, and lists them.
private final class ValueLister {
    /// Columns with more distinct numbers stand as they are.
    private static let most = 1024
    private static let slotCount = 4096
    /// How many slots are looked at for one number; then it counts as one too many.
    private static let reach = 64

    private struct Slot: BitwiseCopyable {
        var number: UInt32 = 0
        /// The column that used the slot last.
        var column: UInt32 = 0
        var place: UInt32 = 0
    }

    private let slots = UnsafeMutablePointer<Slot>.allocate(capacity: slotCount)
    private var column: UInt32 = 0
    private(set) var distinct: [UInt32] = []
    private var room = UnsafeMutableBufferPointer<UInt32>.allocate(capacity: 1)
    /// The places of the column's numbers in `distinct`, followed by old ones.
    var places: UnsafeBufferPointer<UInt32> { UnsafeBufferPointer(room) }

    init() { slots.initialize(repeating: Slot(), count: ValueLister.slotCount) }

    deinit {
        slots.deallocate()
        room.deallocate()
    }

    /// Lists a column's numbers; `false` where that takes more memory than the numbers as they are.
    func list(_ numbers: UnsafeBufferPointer<UInt32>) -> Bool {
        guard let first = numbers.first else { return false }
        if room.count < numbers.count {
            room.deallocate()
            room = .allocate(capacity: numbers.count)
            room.initialize(repeating: 0)
        }
        column += 1
        distinct.removeAll(keepingCapacity: true)
        let most = min(ValueLister.most, max(1, numbers.count / 4))
        let (room, column) = (room, column)
        var last = first &+ 1
        var place: UInt32 = 0
        for index in numbers.indices {
            let number = numbers[index]
            if number != last {
                last = number
                // At most a quarter of the slots are taken: most numbers are met at the first look.
                let slot = slots[Self.slot(of: number)]
                if slot.number == number, slot.column == column {
                    place = slot.place
                } else {
                    guard let found = find(number, most) else { return false }
                    place = found
                }
            }
            room[index] = place
        }
        // Few numbers are listed anyway, as that serves filters.
        let (low, high) = (distinct.min() ?? 0, distinct.max() ?? 0)
        let saved = ValueLister.bits(high - low) - ValueLister.bits(UInt32(distinct.count - 1))
        return saved * numbers.count > 32 * distinct.count || distinct.count <= 256
    }

    private static func bits(_ number: UInt32) -> Int { 32 - number.leadingZeroBitCount }

    /// Below the number of slots.
    @inline(__always) private static func slot(of number: UInt32) -> Int {
        Int(truncatingIfNeeded: (number &* 0x9E37_79B1) >> 20) & (slotCount - 1)
    }

    /// The place of a number in the list, where it is put if it is not there; nil when there would be too many.
    private func find(_ number: UInt32, _ most: Int) -> UInt32? {
        var slot = Self.slot(of: number)
        var left = ValueLister.reach
        while slots[slot].column == column {
            if slots[slot].number == number { return slots[slot].place }
            slot = (slot + 1) & (ValueLister.slotCount - 1)
            left -= 1
            guard left > 0 else { return nil }
        }
        guard distinct.count < most else { return nil }
        let place = UInt32(truncatingIfNeeded: distinct.count)
        slots[slot] = Slot(number: number, column: column, place: place)
        distinct.append(number)
        return place
    }
}
