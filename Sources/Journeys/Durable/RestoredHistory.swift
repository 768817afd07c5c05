/// What is known of a journey besides its slots.
package struct SeriesFacts: Sendable, Hashable {
    /// The first instant that a run counts at, in Unix nanoseconds; nil before the first run.
    package var firstRun: UInt64?
    /// The last one.
    package var lastRun: UInt64?
    /// The labels of errors; keys of the part ``PartKey/Kind/errors`` are places in it.
    package var errorLabels: [String]
    /// How many sightings of versions beyond the limit were left out.
    package var versionsLeftOut: Int

    /// Puts facts together.
    package init(firstRun: UInt64?, lastRun: UInt64?, errorLabels: [String], versionsLeftOut: Int) {
        self.firstRun = firstRun
        self.lastRun = lastRun
        self.errorLabels = errorLabels
        self.versionsLeftOut = versionsLeftOut
    }
}

/// When a version of a service was seen.
package struct VersionTimes: Sendable, Hashable {
    /// When first, in Unix nanoseconds.
    package var firstSeen: UInt64
    /// When last.
    package var lastSeen: UInt64

    /// Makes one.
    package init(firstSeen: UInt64, lastSeen: UInt64) {
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
    }
}

/// What the history kept, for an engine to go on with.
package struct RestoredHistory: Sendable {
    /// The slots of a block.
    package enum Content: Sendable, Hashable {
        /// The cells of 64 slots, each with all columns of the part.
        case counts([UInt64])
        /// The entries of 16 slots.
        case distribution([[SparseEntry]])
    }

    /// Consecutive slots of one resolution.
    package struct Block: Sendable, Hashable {
        /// The length of a slot in nanoseconds.
        package let slot: UInt64
        /// The number of the block: the beginning of its first slot divided by its whole length.
        package let number: UInt64
        /// The number of the commit that wrote it last; of blocks of one time the greater is the newer.
        package let revision: Int64
        /// The slots.
        package let content: Content

        /// Makes a block.
        package init(slot: UInt64, number: UInt64, revision: Int64, content: Content) {
            self.slot = slot
            self.number = number
            self.revision = revision
            self.content = content
        }
    }

    /// One part of a series.
    package struct Part: Sendable, Hashable {
        /// Which part.
        package let key: PartKey
        /// When the version was seen, if the part is of one.
        package var sighting: VersionTimes?
        /// Hashes of the version's instances.
        package var instances: [UInt64]
        /// The blocks.
        package var blocks: [Block]

        /// Makes a part.
        package init(key: PartKey, sighting: VersionTimes? = nil, instances: [UInt64] = [], blocks: [Block] = []) {
            self.key = key
            self.sighting = sighting
            self.instances = instances
            self.blocks = blocks
        }
    }

    /// All that was counted for a journey in an environment.
    package struct Series: Sendable, Hashable {
        /// Which journey.
        package let key: SeriesKey
        /// What is known besides.
        package var facts: SeriesFacts
        /// The parts.
        package var parts: [Part]

        /// Makes a series.
        package init(key: SeriesKey, facts: SeriesFacts, parts: [Part]) {
            self.key = key
            self.facts = facts
            self.parts = parts
        }
    }

    /// The journeys.
    package var series: [Series]
    /// The latest arrival that was counted, in Unix nanoseconds; zero for none.
    package var watermark: UInt64
    /// The earliest instant that a run counts at; nil for none.
    package var firstSeen: UInt64?
    /// What happened, oldest first.
    package var events: [TimelineEvent]

    /// Nothing.
    package static let empty = RestoredHistory(series: [], watermark: 0, firstSeen: nil, events: [])

    /// Puts everything together.
    package init(series: [Series], watermark: UInt64, firstSeen: UInt64?, events: [TimelineEvent]) {
        self.series = series
        self.watermark = watermark
        self.firstSeen = firstSeen
        self.events = events
    }
}
