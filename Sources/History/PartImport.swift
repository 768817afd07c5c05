import Journeys

/// Reads one part of a journey from an export.
struct PartImport {
    private struct Slot {
        let at: UInt64
        var counts: [UInt64]?
        var entries: [SparseEntry]?
    }

    private struct RawBlock {
        var slot: UInt64 = 0
        var revision: Int64 = 0
        var slots: [Slot] = []
    }

    private var kind: PartKey.Kind?
    private var name = ""
    private var detail = ""
    private var anchor: UInt64 = 0
    private var columns: [String] = []
    private var firstSeen: UInt64?
    private var lastSeen: UInt64?
    private var instances: [UInt64] = []
    private var firstBucket: Int64?
    private var edges: [UInt64] = []
    private var blocks: [RestoredHistory.Block] = []

    mutating func read(_ scanner: inout JSONScanner) throws(HistoryError) -> RestoredHistory.Part {
        try scanner.object { (scanner, key) throws(HistoryError) in try field(key, &scanner) }
        guard let kind else { throw scanner.wrong("a part needs \"kind\"") }
        try checkEdges(scanner)
        let key = PartKey(kind, name: name, detail: detail, anchor: anchor, columns: columns)
        var times: VersionTimes?
        if let firstSeen, let lastSeen { times = VersionTimes(firstSeen: firstSeen, lastSeen: lastSeen) }
        return RestoredHistory.Part(key: key, sighting: times, instances: instances, blocks: blocks)
    }

    private mutating func field(_ key: String, _ scanner: inout JSONScanner) throws(HistoryError) {
        switch key {
        case "kind":
            let text = try scanner.string()
            guard let known = PartKey.Kind(rawValue: text) else {
                let kinds = PartKey.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                throw scanner.wrong("expected one of \(kinds), found \"\(text)\"")
            }
            kind = known
        case "columns":
            try scanner.array { scanner throws(HistoryError) in columns.append(try scanner.string()) }
        case "step", "service": name = try scanner.string()
        case "filter", "service_version": detail = try scanner.string()
        case "anchor_ns": anchor = try scanner.unsigned()
        case "first_seen_ns": firstSeen = try scanner.isNull() ? nil : try scanner.unsigned()
        case "last_seen_ns": lastSeen = try scanner.isNull() ? nil : try scanner.unsigned()
        case "instances": try scanner.array { scanner throws(HistoryError) in instances.append(try scanner.unsigned()) }
        case "first_bucket": firstBucket = try scanner.isNull() ? nil : try scanner.signed(-8_192...8_192)
        case "edges_ns": try scanner.array { scanner throws(HistoryError) in edges.append(try scanner.unsigned()) }
        case "blocks":
            try scanner.array { scanner throws(HistoryError) in blocks.append(try block(&scanner)) }
        default: _ = try scanner.raw()
        }
    }

    /// Edges follow from the anchor; others would mean other durations.
    private func checkEdges(_ scanner: JSONScanner) throws(HistoryError) {
        guard let firstBucket, !edges.isEmpty else { return }
        let scale = LatencyScale(anchor: anchor)
        for (place, edge) in edges.enumerated() {
            let expected = scale.edge(Int(firstBucket) + place)
            guard edge != expected else { continue }
            throw scanner.wrong(
                "edges_ns[\(place)] does not follow from anchor_ns: expected \(expected), found \(edge)")
        }
    }

    private func block(_ scanner: inout JSONScanner) throws(HistoryError) -> RestoredHistory.Block {
        guard let kind, kind != .counts || !columns.isEmpty else {
            throw scanner.wrong("\"kind\", and \"columns\" of counts, must stand before \"blocks\"")
        }
        var raw = RawBlock()
        try scanner.object { (scanner, key) throws(HistoryError) in
            switch key {
            case "slot_ns": raw.slot = UInt64(try scanner.signed(1...1_000_000_000_000_000))
            case "revision": raw.revision = try scanner.signed(0...Int64.max)
            case "slots":
                try scanner.array { scanner throws(HistoryError) in
                    raw.slots.append(try PartImport.slot(&scanner, width: columns.count, isCounts: kind == .counts))
                }
            default: _ = try scanner.raw()
            }
        }
        guard raw.slot > 0, let first = raw.slots.first else {
            throw scanner.wrong("a block needs \"slot_ns\" and at least one slot in \"slots\"")
        }
        return try filled(raw, first, kind, scanner)
    }

    private func filled(
        _ raw: RawBlock,
        _ first: Slot,
        _ kind: PartKey.Kind,
        _ scanner: JSONScanner
    ) throws(HistoryError) -> RestoredHistory.Block {
        let size = kind.slotsPerBlock
        let number = first.at / raw.slot / size
        var cells = [UInt64](repeating: 0, count: kind == .counts ? columns.count * Int(size) : 0)
        var slots = [[SparseEntry]](repeating: [], count: kind == .counts ? 0 : Int(size))
        for slot in raw.slots {
            guard slot.at.isMultiple(of: raw.slot), slot.at / raw.slot / size == number else {
                throw scanner.wrong("at_ns \(slot.at) does not begin a slot of this block of \(size) slots")
            }
            let place = Int(slot.at / raw.slot % size)
            if let counts = slot.counts {
                for (column, value) in counts.enumerated() { cells[place * columns.count + column] = value }
            }
            if let entries = slot.entries { slots[place] = entries }
        }
        return RestoredHistory.Block(
            slot: raw.slot, number: number, revision: raw.revision,
            content: kind == .counts ? .counts(cells) : .distribution(slots))
    }

    private static func slot(
        _ scanner: inout JSONScanner,
        width: Int,
        isCounts: Bool
    ) throws(HistoryError) -> Slot {
        var at: UInt64?
        var counts: [UInt64] = []
        var entries: [SparseEntry] = []
        try scanner.object { (scanner, key) throws(HistoryError) in
            switch key {
            case "at_ns": at = UInt64(try scanner.signed(0...Int64.max))
            case "counts":
                try scanner.array { scanner throws(HistoryError) in counts.append(try scanner.unsigned()) }
                guard counts.count == width else {
                    throw scanner.wrong("expected \(width) numbers, one for every column; found \(counts.count)")
                }
            case "entries":
                try scanner.array { scanner throws(HistoryError) in
                    entries.append(try entry(&scanner, after: entries.last))
                }
            default: _ = try scanner.raw()
            }
        }
        guard let at else { throw scanner.wrong("a slot needs \"at_ns\"") }
        guard isCounts ? !counts.isEmpty : !entries.isEmpty else {
            throw scanner.wrong("a slot needs \(isCounts ? "\"counts\"" : "\"entries\"")")
        }
        return Slot(at: at, counts: isCounts ? counts : nil, entries: isCounts ? nil : entries)
    }

    private static func entry(
        _ scanner: inout JSONScanner,
        after last: SparseEntry?
    ) throws(HistoryError) -> SparseEntry {
        var numbers: [UInt64] = []
        var key = Int32.min
        var isFirst = true
        try scanner.array { scanner throws(HistoryError) in
            if isFirst {
                isFirst = false
                if try !scanner.isNull() { key = Int32(try scanner.signed(-8_192...8_192)) }
            } else {
                numbers.append(try scanner.unsigned())
            }
        }
        guard numbers.count == 2, let count = UInt32(exactly: numbers[0]) else {
            throw scanner.wrong("expected [bucket or null, runs, weight]")
        }
        guard last.map({ $0.key < key }) ?? true else { throw scanner.wrong("buckets must ascend") }
        return SparseEntry(key: key, count: count, weight: numbers[1])
    }

    /// The blocks of a part over those that are there, slot by slot, as they are written.
    static func merged(_ part: RestoredHistory.Part, over before: RestoredHistory.Part?) -> [(
        LedgerChanges.Part, Int64
    )] {
        var known: [[UInt64]: RestoredHistory.Block] = [:]
        for block in before?.blocks ?? [] { known[[block.slot, block.number]] = block }
        let layout = CountLayout(columns: part.key.columns)
        var head = LedgerChanges.Part(key: part.key)
        head.sighting = part.sighting
        if let times = part.sighting, let old = before?.sighting {
            head.sighting = VersionTimes(
                firstSeen: min(times.firstSeen, old.firstSeen), lastSeen: max(times.lastSeen, old.lastSeen))
        }
        if !part.instances.isEmpty {
            head.instances = Set(part.instances).union(before?.instances ?? []).sorted()
        }
        var result = [(head, Int64(0))]
        for block in part.blocks {
            let content = overlaid(block.content, over: known[[block.slot, block.number]]?.content, layout.width)
            let bytes =
                switch content {
                case .counts(let cells): BlockCodec.encode(counts: cells, layout: layout)
                case .distribution(let slots): BlockCodec.encode(histogram: slots)
                }
            var change = LedgerChanges.Part(key: part.key)
            change.blocks = [LedgerChanges.Block(slot: block.slot, number: block.number, bytes: bytes)]
            result.append((change, block.revision))
        }
        return result
    }

    private static func overlaid(
        _ new: RestoredHistory.Content,
        over old: RestoredHistory.Content?,
        _ width: Int
    ) -> RestoredHistory.Content {
        switch (new, old) {
        case (.counts(let new), .counts(var cells)) where cells.count == new.count && width > 0:
            for slot in 0..<new.count / width {
                let numbers = new[slot * width..<(slot + 1) * width]
                guard numbers.contains(where: { $0 > 0 }) else { continue }
                cells.replaceSubrange(slot * width..<(slot + 1) * width, with: numbers)
            }
            return .counts(cells)
        case (.distribution(let new), .distribution(var slots)) where slots.count == new.count:
            for slot in new.indices where !new[slot].isEmpty { slots[slot] = new[slot] }
            return .distribution(slots)
        default: return new
        }
    }
}
