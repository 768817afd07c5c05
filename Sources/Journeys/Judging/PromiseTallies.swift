/// Reads what windows hold for one objective of one journey.
struct PromiseTallies {
    let counts: CountSeries
    let watermark: UInt64
    /// The columns that are read.
    let columns: Range<Int>
    /// Where among them stand: runs, good runs, their weight, the weight of good ones.
    let places: [Int]
    /// Whether bad runs stand where good ones are expected.
    let isInverted: Bool
    /// The slices, for an objective that counts them.
    let slices: BadSlices?
    /// The first instant there is data for.
    let since: UInt64

    init(_ view: JourneyView, objective number: Int, slices: BadSlices?, since: UInt64) {
        counts = view.ledger.counts
        watermark = view.bounds.watermark
        let first = CountColumn.objective(number, 0)
        columns = first..<first + CountColumn.perObjective
        places = [
            CountColumn.objectiveTotal, CountColumn.objectiveGood, CountColumn.objectiveTotalWeight,
            CountColumn.objectiveGoodWeight,
        ]
        isInverted = false
        self.slices = slices
        self.since = since
    }

    /// All runs of a journey without promises; failed ones are bad.
    init(failedRunsOf view: JourneyView) {
        counts = view.ledger.counts
        watermark = view.bounds.watermark
        columns = 0..<CountColumn.own
        places = [CountColumn.total, CountColumn.failed, CountColumn.totalWeight, CountColumn.failedWeight]
        isInverted = true
        slices = nil
        since = 0
    }

    /// The same, but runs are counted where the promise counts slices.
    var countingRuns: PromiseTallies { PromiseTallies(self, slices: nil) }

    private init(_ other: PromiseTallies, slices: BadSlices?) {
        counts = other.counts
        watermark = other.watermark
        columns = other.columns
        places = other.places
        isInverted = other.isInverted
        since = other.since
        self.slices = slices
    }

    /// The window of a length at a second. For slices it ends with the last slice that is over, and holds at least one.
    func window(_ length: UInt64, at second: UInt64) -> TimeWindow {
        guard let slices else { return JudgedTime.window(length, at: second) }
        let end = second / slices.length
        let count = max(length, slices.length) / slices.length
        return TimeWindow(from: (end > count ? end - count : 0) * slices.length, to: end * slices.length)
    }

    /// What the window of a length holds at a second.
    func tally(_ length: UInt64, at second: UInt64) -> PromiseTally { tally(window(length, at: second)) }

    /// What a window holds; slices count when they begin in it and are over at its end.
    func tally(_ window: TimeWindow) -> PromiseTally {
        if let slices {
            let first = window.from / slices.length + (window.from.isMultiple(of: slices.length) ? 0 : 1)
            return tally(slices: first..<max(first, window.to / slices.length), slices)
        }
        let sums = counts.sums(of: columns, in: window, watermark: watermark)
        return tally(sums[places[0]], sums[places[1]], sums[places[2]], sums[places[3]])
    }

    /// Puts sums together.
    func tally(_ runs: UInt64, _ goodRuns: UInt64, _ weight: UInt64, _ goodWeight: UInt64) -> PromiseTally {
        let other = min(runs, goodRuns)
        let otherWeight = min(weight, goodWeight)
        return PromiseTally(
            runs: runs, badRuns: isInverted ? other : runs - other, total: weight,
            bad: isInverted ? otherWeight : weight - otherWeight)
    }

    private func tally(slices numbers: Range<UInt64>, _ slices: BadSlices) -> PromiseTally {
        let window = TimeWindow(from: numbers.lowerBound * slices.length, to: numbers.upperBound * slices.length)
        let sums = counts.sums(of: columns, in: window, watermark: watermark)
        // Slices before the first run were not watched.
        let first = max(numbers.lowerBound, since / slices.length)
        let watched = first..<max(first, numbers.upperBound)
        let runs = tally(sums[places[0]], sums[places[1]], 0, 0)
        return PromiseTally(
            runs: runs.runs, badRuns: runs.badRuns, total: UInt64(watched.count), bad: slices.count(in: watched))
    }

    /// The next second after one at which any window may hold something else: the next one where 1 s slots are kept, the
    /// end of a slot or slice elsewhere.
    func next(after second: UInt64) -> UInt64 {
        let slot = max(counts.slotLength(at: second, watermark: watermark), JudgedTime.second)
        let step = max(slot, slices?.length ?? 0)
        return (second / step + 1) * step
    }
}

/// The slots of a stretch of time with running sums, so that windows at many seconds are cheap.
struct TallyTrack {
    private let source: PromiseTallies
    private let begins: [UInt64]
    private let runs: [UInt64]
    private let goodRuns: [UInt64]
    private let weights: [UInt128]
    private let goodWeights: [UInt128]

    /// Reads the slots of a window.
    init(_ source: PromiseTallies, in window: TimeWindow) {
        self.source = source
        var begins: [UInt64] = []
        var runs: [UInt64] = [0]
        var goodRuns: [UInt64] = [0]
        var weights: [UInt128] = [0]
        var goodWeights: [UInt128] = [0]
        let counts = source.counts
        let places = source.places
        for part in LevelParts(window, levels: counts.levels, watermark: source.watermark).parts.reversed() {
            counts.rings[part.level].forEachSlot(in: part.window) { begin, numbers in
                let first = numbers.startIndex + source.columns.lowerBound
                guard numbers[first + places[0]] > 0 else { return }
                let last = begins.count
                begins.append(begin)
                runs.append(saturatingSum(runs[last], numbers[first + places[0]]))
                goodRuns.append(saturatingSum(goodRuns[last], numbers[first + places[1]]))
                weights.append(weights[last] + UInt128(numbers[first + places[2]]))
                goodWeights.append(goodWeights[last] + UInt128(numbers[first + places[3]]))
            }
        }
        (self.begins, self.runs, self.goodRuns) = (begins, runs, goodRuns)
        (self.weights, self.goodWeights) = (weights, goodWeights)
    }

    /// The next second after one at which windows may hold something else: when a slot enters them or leaves one.
    ///
    /// - Parameters:
    ///   - lengths: The lengths of the windows.
    ///   - period: The week, month or quarter that is a window too: its end matters as long as it holds a run.
    func next(after second: UInt64, lengths: [UInt64], period: CalendarPeriod? = nil) -> UInt64 {
        let here = place(of: second)
        let entering = here < begins.count ? source.next(after: begins[here]) : .max
        if let slice = source.slices?.length {
            // Slices count whether there are runs in them or not, as long as bad ones may be in a window.
            let longest = saturatingSum(lengths.max() ?? 0, 2 * slice)
            let isEmpty = here == place(of: second - min(second, longest))
            return isEmpty ? entering : source.next(after: second)
        }
        var next = entering
        if let period, place(of: period.start) < here { next = min(next, max(period.end, second + 1)) }
        for length in lengths {
            let first = place(of: source.window(length, at: second).from)
            guard first < here else { continue }
            let step = JudgedTime.resolution(of: length)
            let leaving = saturatingSum(begins[first] / step * step, max(length, JudgedTime.second))
            next = min(next, source.next(after: max(leaving, second + 1) - 1))
        }
        return next
    }

    /// What the window of a length holds at a second; the same as ``PromiseTallies/tally(_:at:)``.
    func tally(_ length: UInt64, at second: UInt64) -> PromiseTally {
        tally(source.window(length, at: second))
    }

    /// What a window holds.
    func tally(_ window: TimeWindow) -> PromiseTally {
        guard source.slices == nil else { return source.tally(window) }
        let from = place(of: window.from)
        let to = place(of: window.to)
        return source.tally(
            runs[to] - runs[from], goodRuns[to] - goodRuns[from], UInt64(clamping: weights[to] - weights[from]),
            UInt64(clamping: goodWeights[to] - goodWeights[from]))
    }

    /// How many slots begin before an instant.
    private func place(of time: UInt64) -> Int {
        var low = 0
        var high = begins.count
        while low < high {
            let middle = (low + high) / 2
            if begins[middle] < time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
