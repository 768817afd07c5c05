extension Trace {
    /// Which spans hold a text: in names, services, attributes, events, status messages or ids.
    ///
    /// Every distinct word, value, list of keys and resource is looked at once; a span then only asks for verdicts by
    /// number.
    package func spans(holding needle: SearchNeedle) -> [Bool] {
        var words = WordSearch(needle)
        var rows = [Int](repeating: 0, count: chunks.count)
        for span in spans { rows[span.chunk] += 1 }
        var searches = zip(chunks, rows).map { ChunkSearch($0, needle, rows: $1) }
        var isFound = [Bool](repeating: false, count: spans.count)
        for number in spans.indices {
            let span = spans[number]
            isFound[number] =
                words.isFound(span.nameSymbol.code) || needle.isPart(ofID: span.id.value)
                || (!span.parentID.isZero && needle.isPart(ofID: span.parentID.value))
                || searches[span.chunk].isFound(in: span, &words)
        }
        return isFound
    }
}

/// Verdicts by small numbers.
private struct Verdicts {
    private var known: [UInt8] = []

    /// What is known of a number; `nil` for nothing yet.
    subscript(number: Int) -> Bool? {
        guard number < known.count, known[number] != 0 else { return nil }
        return known[number] == 2
    }

    /// Remembers a verdict, and gives it.
    mutating func keep(_ verdict: Bool, of number: Int) -> Bool {
        if number >= known.count {
            known.append(contentsOf: repeatElement(0, count: max(number + 1, known.count * 2, 64) - known.count))
        }
        known[number] = verdict ? 2 : 1
        return verdict
    }
}

/// Searches words: names, keys, services.
private struct WordSearch {
    private let needle: SearchNeedle
    private var verdicts = Verdicts()

    init(_ needle: SearchNeedle) { self.needle = needle }

    mutating func isFound(_ code: UInt32) -> Bool {
        if let known = verdicts[Int(code)] { return known }
        return verdicts.keep(needle.isFound(in: Symbol(code: code).text), of: Int(code))
    }
}

/// Searches the columns of one chunk.
private struct ChunkSearch {
    private let table: SpanTable
    private let needle: SearchNeedle
    private var values = Verdicts()
    private var shapes = Verdicts()
    private var resources = Verdicts()
    /// Set where most rows of a packed chunk are looked at: by shape whether each of the spans' lists holds the needle, worked
    /// out column after column when the shape is first met.
    private var listsByShape: [[Bool]?]?

    init(_ chunk: Chunk, _ needle: SearchNeedle, rows: Int) {
        self.needle = needle
        var table = chunk.table
        if let packed = table.packed, rows > table.count / 4 {
            table.statusMessages = table.statusMessages.plain
            table.attributeShapes = table.attributeShapes.plain
            table.attributeOffsets = table.attributeOffsets.plain
            table.values.kinds = table.values.kinds.plain
            table.values.payloads = table.values.payloads.plain
            listsByShape = Array(repeating: nil, count: packed.layout.spanListCounts.count)
        }
        self.table = table
    }

    mutating func isFound(in span: TraceSpan, _ words: inout WordSearch) -> Bool {
        let row = span.row
        if isFound(resource: Int(span.resource), &words) || isFound(ValueCode(bits: table.statusMessages[row]))
            || isFound(attributesOf: row, &words)
        {
            return true
        }
        guard span.eventCount > 0 else { return false }
        for event in table.events(row) where isFound(event.name) || isFound(event.attributes, &words) { return true }
        return false
    }

    private mutating func isFound(attributesOf row: Int, _ words: inout WordSearch) -> Bool {
        let list = table.attributes(row)
        guard listsByShape != nil else { return isFound(list, &words) }
        let shape = Int(list.shape)
        if listsByShape?[shape] == nil {
            let lists = spanLists(ofShape: shape)
            listsByShape?[shape] = lists
        }
        return listsByShape?[shape]?[Int(list.offset)] ?? false || isFound(keysOf: list, &words)
    }

    /// Which of the spans' lists of a shape have a value that holds the needle.
    private mutating func spanLists(ofShape shape: Int) -> [Bool] {
        guard let packed = table.packed else { return [] }
        let count = packed.layout.spanListCounts[shape]
        var isHeld = [Bool](repeating: false, count: count)
        guard count > 0 else { return isHeld }
        for position in 0..<Int(table.shapes[shape].count) {
            let words = packed.values(shape, position)
            if words.distinctCount == 0 {
                packed.numbers.forEach(words.first, count) { number, bits in
                    if isFound(ValueCode(bits: UInt32(truncatingIfNeeded: bits))) { isHeld[number] = true }
                }
                continue
            }
            // Places in the few values that occur: what none of them holds, no list does.
            let verdicts = (0..<words.distinctCount).map { place in
                isFound(ValueCode(bits: UInt32(truncatingIfNeeded: packed.numbers.number(words.distinct, place))))
            }
            guard verdicts.contains(true) else { continue }
            packed.numbers.forEach(words.first, count) { number, place in
                if verdicts[Int(place)] { isHeld[number] = true }
            }
        }
        return isHeld
    }

    private mutating func isFound(resource number: Int, _ words: inout WordSearch) -> Bool {
        if let known = resources[number] { return known }
        let resource = table.resources[number]
        let isFound = words.isFound(resource.service.code) || isFound(resource.attributes, &words)
        return resources.keep(isFound, of: number)
    }

    private mutating func isFound(_ list: AttributeList, _ words: inout WordSearch) -> Bool {
        if isFound(keysOf: list, &words) { return true }
        for position in 0..<table.count(list) where isFound(table.valueCode(list, position)) { return true }
        return false
    }

    /// Lists of one shape have the same keys.
    private mutating func isFound(keysOf list: AttributeList, _ words: inout WordSearch) -> Bool {
        if let known = shapes[Int(list.shape)] { return known }
        var isFound = false
        for position in 0..<table.count(list) where words.isFound(table.key(list, position).code) {
            isFound = true
        }
        return shapes.keep(isFound, of: Int(list.shape))
    }

    private mutating func isFound(_ code: ValueCode) -> Bool {
        if code.bits == ValueCode.empty.bits { return false }
        if let number = code.inlineInt { return needle.canBeNumber && needle.isFound(in: String(number)) }
        if let known = values[code.entry] { return known }
        let isFound =
            table.values.kind(of: code) == .string
            ? table.values.withBytes(of: code) { needle.isFound(in: $0) }
            : needle.isFound(in: table.values.text(code))
        return values.keep(isFound, of: code.entry)
    }
}
