import Telemetry

extension JourneyLedger {
    /// Adds what the history kept of a journey to this ledger, which may have runs of its own already.
    ///
    /// Columns and steps that the definition no longer has are left out; those it has newly are zero in the past, but
    /// for the runs worse than the tightest promise: where that has changed, the failed ones stand for them. Durations
    /// kept with another anchor have other buckets and are left out.
    mutating func merge(_ series: RestoredHistory.Series, definition: JourneyDefinition) {
        let facts = series.facts
        let seen = facts.firstRun.flatMap { first in facts.lastRun.flatMap { first <= $0 ? first...$0 : nil } }
        mergeFacts(seen: seen, labels: facts.errorLabels, leftOut: facts.versionsLeftOut)
        mergeCounts(series.parts.filter { $0.key.kind == .counts })
        for part in series.parts where part.key.kind != .counts {
            mergeDistribution(part, labels: facts.errorLabels, definition: definition)
        }
    }

    private mutating func mergeDistribution(
        _ part: RestoredHistory.Part,
        labels: [String],
        definition: JourneyDefinition
    ) {
        let key = part.key
        guard !key.kind.isOfDurations || key.anchor == scale.anchor || key.kind == .version else { return }
        let step = definition.steps.firstIndex {
            $0.name == key.name && $0.filter.expression.shortSpelling == key.detail
        }
        var version: Int?
        if key.kind == .version, let sighting = part.sighting {
            version = mergeVersion(
                service: Symbol(key.name), version: Symbol(key.detail), firstSeen: sighting.firstSeen,
                lastSeen: sighting.lastSeen, instances: part.instances)
            guard key.anchor == scale.anchor else { return }
        }
        for block in part.blocks {
            guard let level = latency.resolutions.firstIndex(where: { $0.slot == block.slot }),
                case .distribution(let slots) = block.content
            else { continue }
            switch key.kind {
            case .latency: mergeLatency(slots, level: level, page: block.number)
            case .errors: mergeErrors(slots, labels: labels, level: level, page: block.number)
            case .step: if let step { mergeStep(step, slots, level: level, page: block.number) }
            case .version: if let version { mergeVersionLatency(version, slots, level: level, page: block.number) }
            case .counts: break
            }
        }
    }

    /// Adds the counts of parts with different columns; where two have a column of the same time, the newer block holds.
    private mutating func mergeCounts(_ parts: [RestoredHistory.Part]) {
        let names = CountColumn.names(objectives: objectives, under: tightestUnder, stages: stageNames)
        guard names.count == counts.width else { return }
        if parts.count == 1, let part = parts.first, part.key.columns == names {
            for block in part.blocks {
                guard case .counts(let cells) = block.content, let level = countLevel(block.slot) else { continue }
                mergeCounts(cells, level: level, page: block.number)
            }
            return
        }
        for page in CountPages(parts, names: names, failed: CountColumn.failed, bad: CountColumn.bad).pages {
            guard let level = countLevel(page.key.slot) else { continue }
            mergeCounts(page.value, level: level, page: page.key.number)
        }
    }

    private func countLevel(_ slot: UInt64) -> Int? {
        counts.resolutions.firstIndex { $0.slot == slot }
    }
}

/// The pages of counts that were written with different columns, as pages with the columns of today.
private struct CountPages {
    struct Key: Hashable {
        let slot: UInt64
        let number: UInt64
    }

    private struct Source {
        let columns: [Int?]
        let hasBad: Bool
        let block: RestoredHistory.Block
        let cells: [UInt64]
        let width: Int
    }

    private(set) var pages: [Key: [UInt64]] = [:]

    init(_ parts: [RestoredHistory.Part], names: [String], failed: Int, bad: Int) {
        var sources: [Source] = []
        for part in parts {
            let columns = names.map { name in part.key.columns.firstIndex(of: name) }
            for block in part.blocks {
                guard case .counts(let cells) = block.content else { continue }
                sources.append(
                    Source(
                        columns: columns, hasBad: columns[bad] != nil, block: block, cells: cells,
                        width: part.key.columns.count))
            }
        }
        sources.sort { $0.block.revision < $1.block.revision }
        for source in sources { add(source, width: names.count, failed: failed, bad: bad) }
    }

    private mutating func add(_ source: Source, width: Int, failed: Int, bad: Int) {
        let slots = Int(CountSeries.slotsPerPage)
        guard source.cells.count == source.width * slots else { return }
        let key = Key(slot: source.block.slot, number: source.block.number)
        var page = pages[key] ?? [UInt64](repeating: 0, count: width * slots)
        for slot in 0..<slots {
            for column in 0..<width {
                guard let from = source.columns[column] else { continue }
                page[slot * width + column] = source.cells[slot * source.width + from]
            }
            guard !source.hasBad else { continue }
            let weights = CountColumn.badWeight - CountColumn.bad
            page[slot * width + bad] = max(page[slot * width + bad], page[slot * width + failed])
            page[slot * width + bad + weights] = max(
                page[slot * width + bad + weights], page[slot * width + failed + weights])
        }
        pages[key] = page
    }
}
