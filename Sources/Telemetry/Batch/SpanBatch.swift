/// What was mended or cut while spans were written into a batch.
package struct BatchRepairs: Sendable, Equatable {
    /// Strings with invalid UTF-8 that now hold U+FFFD.
    package var invalidUTF8 = 0
    /// Values cut to 64 KiB.
    package var truncatedValues = 0
    /// Attributes past the 1,024th of one list, left out.
    package var droppedAttributes = 0

    /// No repairs.
    package init() {}

    /// Adds another batch's repairs.
    package static func += (a: inout BatchRepairs, b: BatchRepairs) {
        a.invalidUTF8 += b.invalidUTF8
        a.truncatedValues += b.truncatedValues
        a.droppedAttributes += b.droppedAttributes
    }
}

/// The fixed part of a span, as a codec hands it to a batch.
package struct SpanFields: Sendable {
    /// The trace; must not be zero.
    package var trace = TraceID(high: 0, low: 0)
    /// The span; must not be zero.
    package var span = SpanID(0)
    /// The parent; zero for none.
    package var parent = SpanID(0)
    /// Unix nanoseconds.
    package var start: UInt64 = 0
    /// Unix nanoseconds.
    package var end: UInt64 = 0
    /// The name's symbol.
    package var name = Symbol.empty
    /// The number that ``SpanBatch/appendResource(_:)`` gave.
    package var resource: UInt32 = 0
    /// The number that ``SpanBatch/appendScope(name:version:attributes:)`` gave.
    package var scope: UInt32 = 0
    /// The kind.
    package var kind = SpanKind.unspecified
    /// The status.
    package var status = StatusCode.unset
    /// OTLP's flags.
    package var flags: UInt32 = 0
    /// The status message's code.
    package var statusMessage = ValueCode.empty
    /// The trace state's code.
    package var traceState = ValueCode.empty
    /// What ``SpanBatch/takeAttributes()`` gave.
    package var attributes = AttributeList.none

    /// Fields to be filled in.
    @inlinable @inline(__always) package init() {}
}

/// How much of its spans a batch keeps.
package enum SpanDetail: Sendable {
    /// Everything.
    case whole
    /// Everything but the spans' own attributes, events and links: what counting runs needs. Codecs step over the rest
    /// without looking into it.
    case outline

    /// Whether it is the outline.
    @inlinable @inline(__always) package var isOutline: Bool {
        switch self {
        case .whole: false
        case .outline: true
        }
    }
}

/// The write side of a ``SpanTable``: codecs append spans straight from the wire.
///
/// Order of calls: attributes are added one by one and taken as a list; the list goes to a resource, a scope, an event,
/// a link or a span. Events and links added since the last span belong to the next one.
///
/// ```
/// batch.addAttribute(batch.key(bytes), string: value)
/// let resource = batch.appendResource(batch.takeAttributes())
/// let scope = batch.appendScope(name: name, version: version, attributes: batch.takeAttributes())
/// batch.addAttribute(…); fields.attributes = batch.takeAttributes()
/// batch.addAttribute(…); batch.addEvent(time: t, name: batch.value(string: bytes), attributes: batch.takeAttributes())
/// batch.appendSpan(fields)
/// ```
package struct SpanBatch: Sendable {
    /// How many attributes one list keeps; the rest is dropped and counted.
    @inlinable @inline(__always) package static var maximumAttributes: Int { 1024 }

    /// How much of its spans the batch keeps; codecs ask.
    package let detail: SpanDetail
    private var columns = SpanTable()
    /// Where rows go; the row columns show them only in ``table``.
    private var places = RowPlaces.none
    var dictionary = ValueDictionary()
    var words = WordCache()
    var expected = ExpectedAttributes()
    /// The resources of this batch by the text they came as; codecs ask.
    package var knownResources = KnownTexts()
    var pairs = ExpectedPairs.none
    /// ``repairCount`` when a pair was last found to be another one than expected.
    var repairsBeforePair = 0
    private var messages = KnownMessages()
    /// ``repairCount`` when a message was last found to be unknown.
    private var repairsBeforeMessage = 0
    private var shapeIndex: [UInt64: [UInt32]] = [:]
    private var resourceIndex: [UInt64: [UInt32]] = [:]
    private var scopeIndex: [UInt64: [UInt32]] = [:]
    /// The keys of the attributes not yet taken; their values are the last ones of the column of values.
    var pendingKeys = Column<UInt32>(capacity: 32)
    private var pendingEvents = 0
    private var pendingLinks = 0
    private var droppedAttributes = 0

    /// Makes an empty batch.
    ///
    /// - Parameter room: How much will come, as far as that can be told: room for it is taken at once.
    package init(_ detail: SpanDetail = .whole, room: BatchRoom = BatchRoom()) {
        self.detail = detail
        guard room.rows > 0 else { return }
        places = RowPlaces(in: &columns, capacity: BatchRoom.ample(room.rows))
        columns.attributeValues.reserveCapacity(BatchRoom.ample(room.attributeValues))
        dictionary.reserve(entries: BatchRoom.ample(room.entries), bytes: BatchRoom.ample(room.bytes))
    }

    /// How much it holds.
    package var room: BatchRoom {
        BatchRoom(
            rows: columns.count, attributeValues: columns.attributeValues.count, entries: dictionary.table.count,
            bytes: dictionary.table.bytes.count)
    }

    /// The spans so far, for reading; later appends do not change it.
    ///
    /// Events and links added for a span that is still to come are not in it.
    package var table: SpanTable {
        var table = columns
        table.showRows()
        table.values = dictionary.table
        if !pendingKeys.isEmpty {
            table.attributeValues.truncate(to: table.attributeValues.count - pendingKeys.count)
        }
        if pendingEvents > 0 { table.events.truncate(to: table.events.count - pendingEvents) }
        if pendingLinks > 0 { table.links.truncate(to: table.links.count - pendingLinks) }
        return table
    }

    /// How many spans the batch holds.
    package var count: Int { columns.count }

    /// What was mended or cut so far.
    package var repairs: BatchRepairs {
        var repairs = BatchRepairs()
        repairs.invalidUTF8 = dictionary.invalidUTF8
        repairs.truncatedValues = dictionary.truncatedValues
        repairs.droppedAttributes = droppedAttributes
        return repairs
    }

    // MARK: Words and values

    /// The symbol of a key, name or version with these UTF-8 bytes.
    package mutating func word(_ bytes: UnsafeRawBufferPointer) -> Symbol { words.symbol(bytes) }

    /// The code of a string value, for status messages, trace states and event names.
    package mutating func value(string bytes: UnsafeRawBufferPointer) -> ValueCode {
        dictionary.code(string: bytes)
    }

    // MARK: Attributes

    /// Adds an integer.
    package mutating func addAttribute(_ key: Symbol, int: Int64) {
        add(key, dictionary.code(int: int))
    }

    /// Adds a floating point number.
    package mutating func addAttribute(_ key: Symbol, double: Double) {
        add(key, dictionary.code(double: double))
    }

    /// Adds a truth value.
    package mutating func addAttribute(_ key: Symbol, bool: Bool) {
        add(key, dictionary.code(bool: bool))
    }

    /// Adds a value of any kind; the way for lists, maps, byte strings and the empty value.
    package mutating func addAttribute(_ key: Symbol, value: AttributeValue) {
        switch value {
        case .empty: add(key, .empty)
        case .string(var text): text.withUTF8 { addAttribute(key, string: UnsafeRawBufferPointer($0)) }
        case .bool(let flag): addAttribute(key, bool: flag)
        case .int(let number): addAttribute(key, int: number)
        case .double(let number): addAttribute(key, double: number)
        case .bytes(let bytes): bytes.withUnsafeBytes { add(key, dictionary.code(bytes: $0)) }
        case .array, .map: PackedValue.encode(value).withUnsafeBytes { add(key, dictionary.code(packed: $0)) }
        }
    }

    /// The column whose last elements are the values of the attributes not yet taken.
    var pendingValues: Column<UInt32> {
        @inline(__always) _read { yield columns.attributeValues }
        @inline(__always) _modify { yield &columns.attributeValues }
    }

    @inline(__always) mutating func add(_ key: Symbol, _ code: ValueCode) {
        guard pendingKeys.count < Self.maximumAttributes else {
            droppedAttributes += 1
            return
        }
        pendingKeys.append(key.code)
        columns.attributeValues.append(code.bits)
    }

    /// The attribute that was added last and is not yet taken.
    var lastPending: (key: UInt32, value: UInt32)? {
        guard !pendingKeys.isEmpty else { return nil }
        return (pendingKeys[pendingKeys.count - 1], columns.attributeValues[columns.attributeValues.count - 1])
    }

    /// Turns the attributes added since the last call into a list.
    package mutating func takeAttributes() -> AttributeList {
        guard !pendingKeys.isEmpty else { return .none }
        let shape = shapeOfPending()
        let offset = UInt32(columns.attributeValues.count - pendingKeys.count)
        pendingKeys.truncate(to: 0)
        expected.expectOther()
        return AttributeList(shape: shape, offset: offset)
    }

    /// Forgets the attributes added since the last list was taken.
    package mutating func dropAttributes() {
        guard !pendingKeys.isEmpty else { return }
        columns.attributeValues.truncate(to: columns.attributeValues.count - pendingKeys.count)
        pendingKeys.truncate(to: 0)
    }

    private mutating func shapeOfPending() -> UInt32 {
        let guess = expected.shape
        if pendingKeys.withUnsafeBuffer({ matches(guess, $0) }) { return guess }
        let pending = pendingKeys
        let found = pending.withUnsafeBuffer { shape(of: $0) }
        expected.shape = found
        return found
    }

    private mutating func shape(of keys: UnsafeBufferPointer<UInt32>) -> UInt32 {
        let hash = hashed(UnsafeRawBufferPointer(keys))
        if let found = shapeIndex[hash]?.first(where: { matches($0, keys) }) { return found }
        let number = UInt32(columns.shapes.count)
        columns.shapes.append(Shape(offset: UInt32(columns.shapeKeys.count), count: UInt32(keys.count)))
        columns.shapeKeys.append(contentsOf: keys)
        shapeIndex[hash, default: []].append(number)
        return number
    }

    private func matches(_ shape: UInt32, _ keys: UnsafeBufferPointer<UInt32>) -> Bool {
        let shape = columns.shapes[Int(shape)]
        guard Int(shape.count) == keys.count, let start = keys.baseAddress else { return false }
        return columns.shapeKeys.withUnsafeBuffer { all in
            guard let base = all.baseAddress else { return false }
            // A shape's keys lie within the column of keys, and there are as many as in `keys`.
            return equalBytes(base + Int(shape.offset), start, keys.count &* MemoryLayout<UInt32>.stride)
        }
    }

    // MARK: Resources, scopes, events, links

    /// The number of the resource or scope that these bytes described earlier; if there is none, they are to be read and
    /// then named to ``remember(message:kind:number:)``.
    ///
    /// - Parameter kind: tells what the bytes are, by format and message.
    package mutating func number(ofMessage bytes: UnsafeRawBufferPointer, kind: UInt32) -> UInt32? {
        repairsBeforeMessage = repairCount
        return messages.number(of: bytes, kind: kind)
    }

    /// Remembers the number of the resource or scope that the bytes describe which were last found to be unknown.
    ///
    /// Not when something was mended in them: that is to be mended and counted each time.
    package mutating func remember(message bytes: UnsafeRawBufferPointer, kind: UInt32, number: UInt32) {
        if repairsBeforeMessage == repairCount { messages.remember(bytes, kind: kind, number: number) }
    }

    /// How many values were mended or cut and attributes left out so far.
    @inline(__always) var repairCount: Int {
        dictionary.invalidUTF8 &+ dictionary.truncatedValues &+ droppedAttributes
    }

    /// Adds a resource, or finds the equal one, and gives its number.
    package mutating func appendResource(_ attributes: AttributeList) -> UInt32 {
        let hash = contentHash(attributes, seed: 1)
        if let found = resourceIndex[hash]?.first(where: { equal(columns.resources[Int($0)].attributes, attributes) }) {
            return found
        }
        var service = word(attributes, WellKnown.serviceName)
        if service == .empty { service = WellKnown.unknownService }
        var environment = word(attributes, WellKnown.environmentName)
        if environment == .empty { environment = word(attributes, WellKnown.environmentOld) }
        let row = ResourceRow(
            service: service,
            version: word(attributes, WellKnown.serviceVersion),
            environment: environment,
            instance: columns.valueCode(attributes, key: WellKnown.serviceInstance) ?? .empty,
            attributes: attributes
        )
        let number = UInt32(columns.resources.count)
        columns.resources.append(row)
        resourceIndex[hash, default: []].append(number)
        return number
    }

    /// Adds a scope, or finds the equal one, and gives its number.
    package mutating func appendScope(name: Symbol, version: Symbol, attributes: AttributeList) -> UInt32 {
        let hash = contentHash(attributes, seed: UInt64(name.code) << 32 | UInt64(version.code))
        let found = scopeIndex[hash]?.first { number in
            let scope = columns.scopes[Int(number)]
            return scope.name == name && scope.version == version && equal(scope.attributes, attributes)
        }
        if let found { return found }
        let number = UInt32(columns.scopes.count)
        columns.scopes.append(ScopeRow(name: name, version: version, attributes: attributes))
        scopeIndex[hash, default: []].append(number)
        return number
    }

    /// Adds an event to the next span.
    package mutating func addEvent(time: UInt64, name: ValueCode, attributes: AttributeList) {
        columns.events.append(EventRow(time: time, name: name, attributes: attributes))
        pendingEvents += 1
    }

    /// Adds a link to the next span.
    package mutating func addLink(trace: TraceID, span: SpanID, traceState: ValueCode, attributes: AttributeList) {
        columns.links.append(LinkRow(trace: trace, span: span, traceState: traceState, attributes: attributes))
        pendingLinks += 1
    }

    /// Forgets a span that turned out to be unusable: its events and links, and attributes not yet taken.
    package mutating func dropSpan() {
        columns.events.truncate(to: columns.events.count - pendingEvents)
        columns.links.truncate(to: columns.links.count - pendingLinks)
        pendingEvents = 0
        pendingLinks = 0
        dropAttributes()
    }

    /// Forgets the rows from `count` on with their events and links, such as those of a line that turned out to be broken.
    package mutating func truncate(to count: Int) {
        // In place only when nobody was given the rows, neither with a copy of this batch nor with a table.
        guard isKnownUniquelyReferenced(&places), columns.areRowsUnshared() else {
            if count < columns.count { places = .none }
            forget(from: count, events: { $0.truncate(to: $1) }, links: { $0.truncate(to: $1) })
            return
        }
        withdraw(to: count)
    }

    /// Forgets the rows from `count` on, which are in no table that anybody still holds: so their places are used again
    /// although tables of earlier rows are about.
    package mutating func withdraw(to count: Int) {
        if count < columns.count, places.used == columns.count { places.used = count }
        forget(from: count, events: { $0.withdraw(to: $1) }, links: { $0.withdraw(to: $1) })
    }

    private mutating func forget(
        from count: Int, events: (inout Column<EventRow>, Int) -> Void, links: (inout Column<LinkRow>, Int) -> Void
    ) {
        dropSpan()
        guard count < columns.count else { return }
        columns.showRows()
        events(&columns.events, Int(columns.eventOffsets[count]))
        links(&columns.links, Int(columns.linkOffsets[count]))
        columns.count = count
    }

    /// Adds a span with the events and links added since the last one.
    package mutating func appendSpan(_ fields: SpanFields) {
        let row = columns.count
        if row >= places.capacity || row != places.used { moveRows() }
        // There is room for the row, and nobody was given its place: asked above, or just made so.
        places.write(
            fields, at: row, event: UInt32(truncatingIfNeeded: columns.events.count &- pendingEvents),
            link: UInt32(truncatingIfNeeded: columns.links.count &- pendingLinks))
        pendingEvents = 0
        pendingLinks = 0
        columns.count = row &+ 1
    }

    /// Moves the rows to places of their own with room for more.
    ///
    /// Outlines come from files, in thousands, and are not kept; whole rows may be few and stay in a store. Room for more
    /// than a full chunk is made only for rows that are there: its last record reaches past its end a little.
    @inline(never) private mutating func moveRows() {
        let count = columns.count
        let wanted = detail.isOutline ? max(4_096, count * 4) : max(64, count < 1_024 ? count * 4 : count * 2)
        let full = BatchRoom.ample(SpanStore.chunkRows)
        places = RowPlaces(in: &columns, capacity: count < full ? min(wanted, full) : wanted)
    }

    /// Says that the rows from the last mark on arrived at this time.
    package mutating func markArrival(_ time: UInt64, firstRow: Int) {
        guard firstRow < columns.count else { return }
        columns.arrivals.append(ArrivalMark(firstRow: UInt32(firstRow), time: time))
    }

    // MARK: Copying rows

    /// Copies rows of another table to the end of this batch, with codes of its own; forgets attributes not yet taken.
    package mutating func append(
        _ rows: some Collection<Int>, of other: SpanTable, using map: inout CodeMap
    ) {
        dropAttributes()
        for row in rows {
            for event in other.events(row) {
                let attributes = copy(event.attributes, of: other, &map)
                addEvent(time: event.time, name: code(event.name, of: other, &map), attributes: attributes)
            }
            for link in other.links(row) {
                let attributes = copy(link.attributes, of: other, &map)
                let state = code(link.traceState, of: other, &map)
                addLink(trace: link.trace, span: link.span, traceState: state, attributes: attributes)
            }
            var fields = SpanFields()
            fields.trace = other.traceID(row)
            fields.span = other.spanID(row)
            fields.parent = other.parentID(row)
            fields.start = other.starts[row]
            fields.end = other.ends[row]
            fields.name = other.name(row)
            fields.resource = resource(other.resourceOf[row], of: other, &map)
            fields.scope = scope(other.scopeOf[row], of: other, &map)
            fields.kind = other.kind(row)
            fields.status = other.status(row)
            fields.flags = other.flags[row]
            fields.statusMessage = code(ValueCode(bits: other.statusMessages[row]), of: other, &map)
            fields.traceState = code(ValueCode(bits: other.traceStates[row]), of: other, &map)
            fields.attributes = copy(other.attributes(row), of: other, &map)
            appendSpan(fields)
        }
    }

    /// What another table's codes are here; one map serves all rows copied from one columns.
    package struct CodeMap {
        var values: [UInt32: UInt32] = [:]
        var shapes: [UInt32: UInt32] = [:]
        var resources: [UInt32: UInt32] = [:]
        var scopes: [UInt32: UInt32] = [:]

        /// An empty map.
        package init() {}
    }

    private mutating func code(_ code: ValueCode, of other: SpanTable, _ map: inout CodeMap) -> ValueCode {
        if code == .empty || code.inlineInt != nil { return code }
        if let known = map.values[code.bits] { return ValueCode(bits: known) }
        let mine = dictionary.code(of: code, in: other.values)
        map.values[code.bits] = mine.bits
        return mine
    }

    private mutating func copy(_ list: AttributeList, of other: SpanTable, _ map: inout CodeMap) -> AttributeList {
        let count = other.count(list)
        guard count > 0 else { return .none }
        let offset = UInt32(columns.attributeValues.count)
        for position in 0..<count {
            columns.attributeValues.append(code(other.valueCode(list, position), of: other, &map).bits)
        }
        if let known = map.shapes[list.shape] { return AttributeList(shape: known, offset: offset) }
        let keys = (0..<count).map { other.key(list, $0).code }
        let mine = keys.withUnsafeBufferPointer { shape(of: $0) }
        map.shapes[list.shape] = mine
        return AttributeList(shape: mine, offset: offset)
    }

    private mutating func resource(_ number: UInt32, of other: SpanTable, _ map: inout CodeMap) -> UInt32 {
        if let known = map.resources[number] { return known }
        let mine = appendResource(copy(other.resources[Int(number)].attributes, of: other, &map))
        map.resources[number] = mine
        return mine
    }

    private mutating func scope(_ number: UInt32, of other: SpanTable, _ map: inout CodeMap) -> UInt32 {
        if let known = map.scopes[number] { return known }
        let scope = other.scopes[Int(number)]
        let attributes = copy(scope.attributes, of: other, &map)
        let mine = appendScope(name: scope.name, version: scope.version, attributes: attributes)
        map.scopes[number] = mine
        return mine
    }

    // MARK: Helpers

    private func contentHash(_ list: AttributeList, seed: UInt64) -> UInt64 {
        var hash = mixed(seed ^ UInt64(list.shape) << 40)
        for position in 0..<columns.count(list) {
            hash = mixed(hash ^ UInt64(columns.valueCode(list, position).bits))
        }
        return hash
    }

    private func equal(_ a: AttributeList, _ b: AttributeList) -> Bool {
        guard a.shape == b.shape else { return false }
        return (0..<columns.count(a)).allSatisfy { columns.valueCode(a, $0) == columns.valueCode(b, $0) }
    }

    private mutating func word(_ list: AttributeList, _ key: Symbol) -> Symbol {
        guard let code = columns.valueCode(list, key: key), code != .empty else { return .empty }
        let values = dictionary.table
        if values.kind(of: code) == .string { return values.withBytes(of: code) { words.symbol($0) } }
        var text = values.text(code)
        return text.withUTF8 { words.symbol(UnsafeRawBufferPointer($0)) }
    }
}

/// Keys and words that the program itself looks for.
package enum WellKnown {
    /// `service.name`
    package static let serviceName = Symbol("service.name")
    /// `service.version`
    package static let serviceVersion = Symbol("service.version")
    /// `service.instance.id`
    package static let serviceInstance = Symbol("service.instance.id")
    /// `deployment.environment.name`
    package static let environmentName = Symbol("deployment.environment.name")
    /// `deployment.environment`, the older key
    package static let environmentOld = Symbol("deployment.environment")
    /// What a span without `service.name` counts for.
    package static let unknownService = Symbol("unknown_service")
    /// `telemetry.sdk.language`
    package static let language = Symbol("telemetry.sdk.language")
}
