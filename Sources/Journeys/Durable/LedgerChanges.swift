/// What changed for one journey in one environment since an earlier picture, as the history writes it.
///
/// Every value is absolute: writing it twice, or over an older one, gives the same counts.
package struct LedgerChanges: Sendable {
    /// Bytes of consecutive slots.
    package struct Block: Sendable {
        /// The length of a slot in nanoseconds.
        package let slot: UInt64
        /// The number of the block: the beginning of its first slot divided by its whole length.
        package let number: UInt64
        /// The slots as ``BlockCodec`` writes them.
        package let bytes: [UInt8]

        /// Makes a block.
        package init(slot: UInt64, number: UInt64, bytes: [UInt8]) {
            self.slot = slot
            self.number = number
            self.bytes = bytes
        }
    }

    /// What changed in one part.
    package struct Part: Sendable {
        /// Which part.
        package let key: PartKey
        /// When the version was seen, if the part is of one and this changed.
        package var sighting: VersionTimes?
        /// Hashes of the version's instances, if the part is of one and there are new ones.
        package var instances: [UInt64]?
        /// The blocks that changed.
        package var blocks: [Block] = []

        /// A part of which nothing changed yet.
        package init(key: PartKey) {
            self.key = key
        }

        var isEmpty: Bool { sighting == nil && instances == nil && blocks.isEmpty }
    }

    /// Which journey.
    package let key: SeriesKey
    /// The rules of its counting, for people.
    package let rules: String
    /// What is known besides.
    package let facts: SeriesFacts
    /// The parts that changed.
    package let parts: [Part]
}

extension JourneysPicture {
    /// What changed in the journeys from files since an earlier picture; everything when there is none.
    ///
    /// A picture shares the memory of whatever did not change with the pictures before it, so this looks at addresses
    /// only, and encodes what is new.
    package func changes(since earlier: JourneysPicture?) -> [LedgerChanges] {
        var before: [JourneyView.ID: JourneyView] = [:]
        for view in earlier?.journeys ?? [] where !view.isFound { before[view.id] = view }
        return journeys.compactMap { $0.changes(since: before[$0.id]) }
    }
}

extension JourneyView {
    /// Under which key the history keeps it; nil for found journeys and those of which no run was seen.
    package var seriesKey: SeriesKey? {
        guard let definition, let environment else { return nil }
        return SeriesKey(
            journey: definition.name, fingerprint: definition.countingFingerprint, environment: environment)
    }

    /// The names of the columns of its counts in the history.
    package var durableColumns: [String] {
        CountColumn.names(
            objectives: ledger.objectives, under: ledger.tightestUnder, stages: ledger.stageNames)
    }

    var durableFacts: SeriesFacts {
        SeriesFacts(
            firstRun: ledger.seen?.lowerBound, lastRun: ledger.seen?.upperBound, errorLabels: ledger.errorLabels,
            versionsLeftOut: ledger.versionsLeftOut)
    }

    func changes(since earlier: JourneyView?) -> LedgerChanges? {
        guard let definition, let environment else { return nil }
        // The fingerprint is made of texts; most often nothing has happened and it is not needed.
        let isSameDefinition = earlier.map { $0.definition == definition } ?? false
        let before = isSameDefinition ? earlier?.ledger : nil
        let parts = changedParts(definition, since: before).filter { !$0.isEmpty }
        let facts = durableFacts
        if parts.isEmpty, before != nil, facts == earlier?.durableFacts { return nil }
        let key = SeriesKey(
            journey: definition.name, fingerprint: definition.countingFingerprint, environment: environment)
        return LedgerChanges(key: key, rules: definition.countingRules, facts: facts, parts: parts)
    }

    private func changedParts(_ definition: JourneyDefinition, since before: JourneyLedger?) -> [LedgerChanges.Part] {
        let anchor = ledger.scale.anchor
        var parts = [changedCounts(since: before?.counts)]
        parts.append(changed(ledger.latency, since: before?.latency, PartKey(.latency, anchor: anchor)))
        parts.append(changed(ledger.errors, since: before?.errors, PartKey(.errors)))
        for (number, step) in definition.steps.enumerated() where ledger.steps.indices.contains(number) {
            let key = PartKey(
                .step, name: step.name, detail: step.filter.expression.shortSpelling, anchor: anchor)
            let earlier = before.flatMap { $0.steps.indices.contains(number) ? $0.steps[number] : nil }
            parts.append(changed(ledger.steps[number], since: earlier, key))
        }
        for (number, record) in ledger.versions.enumerated() {
            let earlier = before.flatMap { $0.versions.indices.contains(number) ? $0.versions[number] : nil }
            let isSame = earlier?.service == record.service && earlier?.version == record.version
            parts.append(changed(record, since: isSame ? earlier : nil))
        }
        return parts
    }

    private func changedCounts(since before: CountSeries?) -> LedgerChanges.Part {
        let layout = CountLayout(columns: durableColumns)
        var part = LedgerChanges.Part(key: PartKey(.counts, columns: layout.columns))
        guard layout.width == ledger.counts.width else { return part }
        ledger.counts.forEachPage(changedSince: before) { level, number, cells in
            let bytes = BlockCodec.encode(counts: cells, layout: layout)
            part.blocks.append(
                LedgerChanges.Block(slot: ledger.counts.resolutions[level].slot, number: number, bytes: bytes))
        }
        return part
    }

    private func changed(
        _ series: SparseSeries,
        since before: SparseSeries?,
        _ key: PartKey
    ) -> LedgerChanges.Part {
        var part = LedgerChanges.Part(key: key)
        series.forEachPage(changedSince: before) { level, number, slots in
            let bytes = BlockCodec.encode(histogram: slots)
            part.blocks.append(
                LedgerChanges.Block(slot: series.resolutions[level].slot, number: number, bytes: bytes))
        }
        return part
    }

    private func changed(_ record: VersionRecord, since before: VersionRecord?) -> LedgerChanges.Part {
        let key = PartKey(
            .version, name: record.service.text, detail: record.version.text, anchor: ledger.scale.anchor)
        var part = changed(record.latency, since: before?.latency, key)
        if before?.firstSeen != record.firstSeen || before?.lastSeen != record.lastSeen {
            part.sighting = VersionTimes(firstSeen: record.firstSeen, lastSeen: record.lastSeen)
        }
        if before?.instances.count != record.instances.count { part.instances = record.instances.sorted() }
        return part
    }
}
