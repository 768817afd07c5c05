import Foundation
import Journeys
import Telemetry
import Testing

/// The judge against ``JudgeOracle``: about 1.5 million compared figures from generated cases.
@Suite("Judging equals a plain implementation")
struct JudgeBruteForceTests {
    private static let second = judgedSecond
    private static let minute = 60 * judgedSecond
    private static let hour = 3_600 * judgedSecond
    private static let day = 86_400 * judgedSecond

    private static let windows = [
        "28d", "28d", "1h", "7d", "90d", "14d", "{calendar: month, timezone: Europe/Berlin}",
        "{calendar: week, timezone: America/New_York}", "{calendar: quarter, timezone: Australia/Lord_Howe}",
        "{calendar: month, timezone: Asia/Kathmandu}",
    ]
    private static let targets = ["99.5%", "99%", "90%", "95%", "99.9%", "75%"]
    private static let alerts = [
        "", "", "alerts: [{page: 4, long: 20m, short: 3m}, {warn: 1.5, long: 2h, short: 10m}]",
        "alerts: [{page: 2, long: 10m, short: 30s}, {page: 1, long: 8h, short: 1h}]",
    ]

    private static func definition(_ numbers: inout SeededNumbers) -> JourneyDefinition {
        let window = windows[Int(numbers.next() % UInt64(windows.count))]
        let target = targets[Int(numbers.next() % UInt64(targets.count))]
        let other = targets[Int(numbers.next() % UInt64(targets.count))]
        let slices = [
            "", "", ", slices: 1m, slice-target: 90%", ", slices: 5m, slice-target: 75%",
            ", slices: 15m, slice-target: 99%",
        ]
        let slice = slices[Int(numbers.next() % UInt64(slices.count))]
        let more = alerts[Int(numbers.next() % UInt64(alerts.count))]
        return .judged(
            "{window: \(window), fast: {target: \(target), under: 1.2s\(slice)}, success: {target: \(other)}}",
            more: "traffic: never\n\(more)")
    }

    /// Runs in a stretch of time, in spells of different density and badness; in the order of arrival.
    private static func runs(
        _ numbers: inout SeededNumbers,
        _ count: Int,
        from: UInt64,
        to: UInt64,
        isSampled: Bool,
        isLate: Bool
    ) -> [PlainRun] {
        var runs: [PlainRun] = []
        while runs.count < count {
            let begin = from + numbers.next() % (to - from)
            let length = min([20 * second, 5 * minute, hour][Int(numbers.next() % 3)], to - begin)
            let badShare = [0, 0, 3, 30, 100][Int(numbers.next() % 5)]
            for _ in 0..<(1 + numbers.next() % 60) where length > 0 {
                let isBad = numbers.next() % 100 < badShare
                let isSlow = isBad && numbers.next() % 2 == 0
                var time = begin + numbers.next() % length
                // Ends on the seconds themselves are the ones that show a wrong comparison.
                if numbers.next() % 4 == 0 { time = time / second * second }
                runs.append(
                    PlainRun(
                        time, failed: isBad && !isSlow, duration: isSlow ? 1_200_000_000 : 1_199_999_999,
                        weight: isSampled ? [1, 2, 4, 16][Int(numbers.next() % 4)] : 1,
                        late: isLate && numbers.next() % 5 == 0 ? numbers.next() % (20 * minute) : 0))
            }
        }
        return runs.sorted { $0.arrival < $1.arrival }
    }

    /// Compares all numbers of a verdict with plain ones; returns how many were compared, and the first difference.
    private static func compare(
        _ verdict: ObjectiveVerdict,
        _ oracle: JudgeOracle,
        at t: UInt64
    ) -> (count: Int, difference: String?) {
        var count = 0
        for reading in verdict.burns {
            let plain = oracle.tally(oracle.window(reading.window, at: t))
            let isSliced = oracle.objective.slices != nil
            let total = isSliced ? plain.total : plain.runs
            let bad = isSliced ? plain.bad : plain.badRuns
            count += 3
            let isSame = abs((reading.burn ?? -1) - (oracle.burn(plain) ?? -1)) <= 1e-9 * max(1, reading.burn ?? 1)
            if reading.total != UInt64(total) || reading.bad != UInt64(bad) || !isSame {
                return (count, "burn over \(reading.window / second)s: \(reading) but \(plain)")
            }
        }
        let whole = oracle.tally(oracle.whole(at: t).window)
        let out = oracle.isOut(at: t)
        let isSliced = oracle.objective.slices != nil
        count += 5
        if verdict.total != UInt64(isSliced ? whole.total : whole.runs)
            || verdict.bad != UInt64(isSliced ? whole.bad : whole.badRuns)
        {
            return (count, "the whole window: \(verdict.total) and \(verdict.bad) bad but \(whole)")
        }
        if verdict.isOut != out.isOut { return (count, "out: \(verdict.isOut) but \(out)") }
        if abs((verdict.budgetLeft ?? 7) - (out.left ?? 7)) > 1e-9 * max(1, abs(out.left ?? 0)) {
            return (count, "budget: \(String(describing: verdict.budgetLeft)) but \(out)")
        }
        if let left = verdict.budgetLeft, (left <= 0) != out.isUsedUp {
            return (count, "budget at zero: \(left), \(out)")
        }
        return (count, nil)
    }

    private static func state(_ verdict: JourneyVerdict, _ oracles: [JudgeOracle], _ firing: [[UInt64?]], _ t: UInt64)
        -> JourneyState
    {
        var isPaging = false
        var isWarning = false
        for (oracle, since) in zip(oracles, firing) {
            for (alert, since) in zip(oracle.alerts, since) where since != nil {
                if alert.severity == .page { isPaging = true } else { isWarning = true }
            }
        }
        if isPaging { return .page }
        if oracles.contains(where: { $0.isOut(at: t).isOut }) { return .out }
        if isWarning { return .warn }
        let hour = oracles.map { $0.tally($0.window(3_600 * second, at: t)).runs }
        return hour.allSatisfy { $0 < 30 } ? .few : .ok
    }

    /// Judged every second and with gaps, as runs come; late runs too.
    @Test(arguments: Array(UInt64(1)...12))
    func live_EqualsThePlainImplementation(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        let definition = Self.definition(&numbers)
        let isLate = seed % 3 == 0
        // Some stretches lie at the ends of February, at changes of clocks, and at ends of quarters.
        let origins: [UInt64] = [
            1_760_000_040, 1_709_164_800, 1_743_295_500, 1_761_440_400, 1_743_462_000, 1_767_222_000,
        ]
        let origin = origins[Int(numbers.next() % 6)] * Self.second
        let isSampled = numbers.next() % 3 == 0
        var runs = Self.runs(
            &numbers, 60, from: origin - 27 * Self.day, to: origin, isSampled: isSampled, isLate: false)
        runs += Self.runs(
            &numbers, 200, from: origin, to: origin + 100 * Self.minute, isSampled: isSampled, isLate: isLate)
        let court = Court(definition)
        var oracles = definition.objectives.indices.map { JudgeOracle(definition, objective: $0) }
        var taken = 0
        var t = origin
        var compared = 0
        while t < origin + 100 * Self.minute {
            let arrived = runs[taken...].prefix { $0.arrival < t }
            court.take(Array(arrived))
            taken = arrived.endIndex
            let verdict = court.verdict(at: t + numbers.next() % Self.second)
            var firing: [[UInt64?]] = []
            for (number, objective) in verdict.objectives.enumerated() {
                oracles[number].runs = Array(runs[..<taken])
                firing.append(oracles[number].step(to: t))
                let found = objective.alerts.map { isLate ? ($0.isFiring ? 1 : nil) : $0.firedAt }
                let expected = firing[number].map { isLate ? ($0 == nil ? nil : 1) : $0 }
                #expect(found == expected, "alerts of \(objective.objective.name) at \(t), seed \(seed)")
                let result = Self.compare(objective, oracles[number], at: t)
                compared += result.count + found.count
                if let difference = result.difference {
                    Issue.record("seed \(seed) at \(t), \(objective.objective.name): \(difference)")
                    return
                }
                if found != expected { return }
            }
            let state = Self.state(verdict, oracles, firing, t)
            #expect(verdict.state == state, "state at \(t), seed \(seed)")
            if verdict.state != state { return }
            compared += 1
            // Mostly second by second; sometimes judging is late, and then the seconds in between are judged too.
            let gap = numbers.next() % 40 == 0 && !isLate ? 1 + numbers.next() % 300 : 1
            let skipped = numbers.next() % 400 == 0 && !isLate ? UInt64(900) : gap
            if skipped > 1, seed % 2 == 0 {
                // Runs of the gap are there when it is over: the plain implementation goes through it with them.
                let next = t + skipped * Self.second
                let arrivals = runs[..<(taken + runs[taken...].prefix { $0.arrival < next }.count)]
                for number in oracles.indices { oracles[number].runs = Array(arrivals) }
                while t + Self.second < next {
                    t += Self.second
                    for number in oracles.indices { _ = oracles[number].step(to: t) }
                }
            }
            t += Self.second
        }
        #expect(compared > 20_000)
    }

    /// A file is judged once: the exact second of every alert, those that are over too.
    @Test(arguments: Array(UInt64(100)...115))
    func aFile_TellsEveryAlertAtItsSecond(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        let definition = Self.definition(&numbers)
        let origin: UInt64 = 1_760_000_040 * Self.second
        var runs = Self.runs(
            &numbers, 400, from: origin, to: origin + 2 * Self.hour, isSampled: seed % 4 == 0, isLate: false)
        let end = (runs.map(\.time).max() ?? origin) + Self.second
        runs.shuffle(using: &numbers)
        let court = Court(definition, base: .file)
        court.take(runs)
        let verdicts = court.verdicts(at: end, base: .file)
        var expected: [String] = []
        for number in definition.objectives.indices {
            var oracle = JudgeOracle(definition, objective: number, runs: runs)
            var before = oracle.alerts.map { _ in UInt64?.none }
            var t = (runs.map(\.time).min() ?? 0) / Self.second * Self.second
            while t <= end / Self.second * Self.second {
                let now = oracle.step(to: t)
                for place in now.indices where (now[place] == nil) != (before[place] == nil) {
                    let kind: TimelineEvent.Kind = now[place] == nil ? .resolved : .fired
                    expected.append(Self.line(t, kind, oracle.objective.name, oracle.alerts[place].severity.rawValue))
                }
                before = now
                t += Self.second
            }
            let found = verdicts.journeys[0].objectives[number]
            #expect(found.alerts.map(\.firedAt) == before)
            let result = Self.compare(found, oracle, at: end / Self.second * Self.second)
            #expect(result.difference == nil)
        }
        let told = verdicts.timeline.filter { $0.kind == .fired || $0.kind == .resolved }.map {
            Self.line($0.time, $0.kind, $0.objective ?? "", $0.severity ?? "")
        }
        #expect(told.sorted() == expected.sorted(), "seed \(seed)")
        // Judging again changes nothing and tells nothing twice.
        let again = court.verdicts(at: end, base: .file)
        #expect(again.timeline == verdicts.timeline)
        #expect(again.journeys[0].objectives == verdicts.journeys[0].objectives)
    }

    private static func line(_ t: UInt64, _ kind: TimelineEvent.Kind, _ objective: String, _ severity: String) -> String
    {
        "\(t) \(kind.rawValue) \(objective) \(severity)"
    }

    /// Order and batches change nothing.
    @Test(arguments: Array(UInt64(200)...215))
    func orderAndBatches_ChangeNothing(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        let definition = Self.definition(&numbers)
        let origin: UInt64 = 1_760_000_040 * Self.second
        let runs = Self.runs(
            &numbers, 300, from: origin, to: origin + Self.hour, isSampled: true, isLate: false)
        var first: [ObjectiveVerdict]?
        for _ in 0..<4 {
            let court = Court(definition, base: .file)
            var rest = runs.shuffled(using: &numbers)[...]
            while !rest.isEmpty {
                let batch = rest.prefix(Int(1 + numbers.next() % 120))
                court.take(Array(batch))
                rest = rest[batch.endIndex...]
                if numbers.next() % 3 == 0 { _ = court.verdict(at: origin + Self.hour, base: .file) }
            }
            let verdict = court.verdict(at: origin + 2 * Self.hour, base: .file)
            if let first { #expect(verdict.objectives == first) }
            first = verdict.objectives
        }
    }

    /// Windows at any instant of four months, over changes of clocks, leap days and changes of the slots' length.
    @Test(arguments: Array(UInt64(300)...331))
    func anyInstant_EqualsThePlainImplementation(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        let definition = Self.definition(&numbers)
        let ends: [UInt64] = [1_709_300_000, 1_743_500_000, 1_761_900_000, 1_767_300_000]
        let end = ends[Int(numbers.next() % 4)] * Self.second
        // Quarters of an hour are the finest that is kept so long: so runs do not lie across their edges.
        let runs = Self.runs(&numbers, 250, from: end - 95 * Self.day, to: end, isSampled: seed % 3 == 0, isLate: false)
            .map { run in
                guard end - run.time > 27 * Self.day, definition.objectives[0].slices == nil else { return run }
                var moved = run
                moved.time = run.time / (900 * Self.second) * 900 * Self.second
                moved.arrival = moved.time
                return moved
            }.sorted { $0.arrival < $1.arrival }
        let court = Court(definition)
        court.take(runs)
        let isLong = definition.objectives[0].slices != nil && Self.reachesBack(definition)
        guard !isLong else { return }
        let oracles = definition.objectives.indices.map { JudgeOracle(definition, objective: $0, runs: runs) }
        let last = (runs.last?.time ?? end) / Self.second * Self.second
        for _ in 0..<60 {
            // As late as slots of one second are kept, which is what windows of an hour need.
            let t = last + Self.second - numbers.next() % 2_400 * Self.second
            for (number, objective) in court.verdict(at: t).objectives.enumerated() {
                let result = Self.compare(objective, oracles[number], at: t)
                if let difference = result.difference {
                    Issue.record("seed \(seed) at \(t), \(objective.objective.name): \(difference)")
                    return
                }
            }
        }
    }

    /// Whether the window reaches further back than minutes are kept.
    private static func reachesBack(_ definition: JourneyDefinition) -> Bool {
        switch definition.window {
        case .rolling(let length): length > 28 * day
        case .calendar(let unit, _): unit != "week"
        }
    }
}
