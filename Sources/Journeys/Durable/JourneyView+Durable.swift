extension JourneyView {
    /// Everything counted for the journey, in the form in which the history gives it back; nil for found journeys and
    /// those of which no run was seen. It shares the memory of the counts.
    package var durable: RestoredHistory.Series? {
        guard let definition, let key = seriesKey else { return nil }
        let anchor = ledger.scale.anchor
        var parts = [durableCounts]
        parts.append(part(ledger.latency, PartKey(.latency, anchor: anchor)))
        parts.append(part(ledger.errors, PartKey(.errors)))
        for (step, series) in zip(definition.steps, ledger.steps) {
            let key = PartKey(.step, name: step.name, detail: step.filter.expression.shortSpelling, anchor: anchor)
            parts.append(part(series, key))
        }
        for record in ledger.versions {
            let key = PartKey(.version, name: record.service.text, detail: record.version.text, anchor: anchor)
            var part = part(record.latency, key)
            part.sighting = VersionTimes(firstSeen: record.firstSeen, lastSeen: record.lastSeen)
            part.instances = record.instances.sorted()
            parts.append(part)
        }
        return RestoredHistory.Series(key: key, facts: durableFacts, parts: parts)
    }

    private var durableCounts: RestoredHistory.Part {
        var part = RestoredHistory.Part(key: PartKey(.counts, columns: durableColumns))
        ledger.counts.forEachPage(changedSince: nil) { level, number, cells in
            part.blocks.append(
                RestoredHistory.Block(
                    slot: ledger.counts.resolutions[level].slot, number: number, revision: 0, content: .counts(cells)))
        }
        return part
    }

    private func part(_ series: SparseSeries, _ key: PartKey) -> RestoredHistory.Part {
        var part = RestoredHistory.Part(key: key)
        series.forEachPage(changedSince: nil) { level, number, slots in
            part.blocks.append(
                RestoredHistory.Block(
                    slot: series.resolutions[level].slot, number: number, revision: 0, content: .distribution(slots)))
        }
        return part
    }
}

extension JourneysPicture {
    /// Everything counted for the journeys from files, in the form in which the history gives it back.
    package var durable: RestoredHistory {
        RestoredHistory(
            series: journeys.compactMap(\.durable), watermark: watermark, firstSeen: firstSeen, events: [])
    }
}
