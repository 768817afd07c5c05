import Foundation
import Journeys
import Testing

@Suite("Onsets: since when a journey is worse")
struct OnsetDetectorTests {
    private static let second: UInt64 = 1_000_000_000
    private static let begin = TestSpan.noon

    /// A level that holds from a second on.
    private struct Level {
        var from = 0
        var rate = 5
        var median = 100.0
        var failed = 0.002
    }

    /// What was answered at one time.
    private struct Answer {
        let asked: Int
        let onset: Onset?
    }

    /// The answers that differ from the one before, of runs whose level changes at some seconds.
    private static func answers(
        _ levels: [Level], seconds: Int, spread: Double = 0.4, seed: UInt64 = 7, step: Int = 10,
        yaml: String = checkoutYAML
    ) throws -> [Answer] {
        let definition = try #require(JourneySet(text: yaml, file: "test.yaml").journeys.first)
        var history = OnsetHistory(of: definition)
        var detector = OnsetDetector()
        var numbers = SeededNumbers(seed: seed)
        let id = JourneyView.ID(name: "checkout", environment: "prod", isFound: false)
        var answers: [Answer] = []
        for moment in 0..<seconds {
            let level = levels.last { $0.from <= moment } ?? Level()
            for run in 0..<level.rate {
                let time = begin + UInt64(moment) * second + UInt64(run) * (second / 100)
                // Twelve even numbers make a normal one.
                let normal = (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &numbers) }
                let duration = level.median * exp(spread * normal)
                let isFailed = Double.random(in: 0..<1, using: &numbers) < level.failed
                history.add(at: time, duration: UInt64(duration * 1e6), failed: isFailed)
            }
            guard (moment + 1) % step == 0 else { continue }
            let onset = detector.onset(of: id, history, now: begin + UInt64(moment + 1) * second)
            if onset?.time != answers.last?.onset?.time { answers.append(Answer(asked: moment + 1, onset: onset)) }
        }
        return answers
    }

    private static func seconds(_ onset: Onset) -> Int {
        Int(onset.time / second) - Int(begin / second)
    }

    @Test("slower runs are found within a minute, placed within 10 s, and let go when they are over")
    func latency() throws {
        let answers = try Self.answers([Level(), Level(from: 905, median: 300), Level(from: 1_500)], seconds: 2_000)
        #expect(answers.count == 2, "\(answers)")
        let first = try #require(answers.first)
        let onset = try #require(first.onset)
        #expect(first.asked <= 965)
        #expect(abs(Self.seconds(onset) - 905) <= 10)
        #expect(onset.uncertainty >= 5 * Self.second && onset.uncertainty <= 30 * Self.second)
        #expect(onset.signals == [.latency])
        // p95 of a log-normal: e^(1.645 × 0.4) times the median.
        let before = Double(onset.p95Before ?? 0)
        #expect(abs(before / 193e6 - 1) < 0.1)
        #expect(onset.p95After ?? 0 > 400_000_000)
        let last = try #require(answers.last)
        #expect(last.onset == nil)
        #expect((1_500...1_640).contains(last.asked), "\(last)")
    }

    @Test("failures are found as latency is")
    func errors() throws {
        let answers = try Self.answers([Level(), Level(from: 700, failed: 0.15)], seconds: 900)
        let first = try #require(answers.first)
        let onset = try #require(first.onset)
        #expect(answers.count == 1, "\(answers)")
        #expect(first.asked <= 760)
        #expect(abs(Self.seconds(onset) - 700) <= 20)
        #expect(onset.signals == [.errors])
        #expect(onset.errorsBefore ?? 1 < 0.01)
        #expect(onset.errorsAfter ?? 0 > 0.05)
    }

    @Test("both signals are named")
    func both() throws {
        let answers = try Self.answers([Level(), Level(from: 700, median: 300, failed: 0.3)], seconds: 900)
        #expect(answers.first?.onset?.signals == [.latency, .errors])
    }

    @Test(
        "what is no trouble is no onset",
        arguments: [
            "faster", "a small step", "a burst of 20 s", "a slope", "less traffic", "ten times the traffic",
            "too few runs",
        ])
    func quiet(what: String) throws {
        let levels: [Level] =
            switch what {
            case "faster": [Level(median: 300), Level(from: 900, median: 100)]
            case "a small step": [Level(), Level(from: 900, median: 112)]
            case "a burst of 20 s": [Level(), Level(from: 905, median: 500, failed: 0.3), Level(from: 925)]
            case "a slope": (0..<60).map { Level(from: $0 * 60, median: 100 * pow(1.006, Double($0))) }
            case "less traffic": [Level(rate: 20), Level(from: 900, rate: 1)]
            case "ten times the traffic": [Level(rate: 2), Level(from: 900, rate: 20)]
            default: [Level(rate: 1), Level(from: 15, rate: 1, median: 900)]
            }
        let answers = try Self.answers(levels, seconds: 1_800)
        #expect(answers.isEmpty, "\(answers)")
    }

    @Test("a share over the promise counts though p95 stays where it is")
    func promise() throws {
        // 1.2 s is promised to 99.5 %: 3 % of runs over it leave p95 alone but use six times what the budget allows.
        let definition = try #require(JourneySet(text: checkoutYAML, file: "test.yaml").journeys.first)
        var history = OnsetHistory(of: definition)
        var detector = OnsetDetector()
        let id = JourneyView.ID(name: "checkout", environment: "prod", isFound: false)
        var found: (asked: Int, onset: Onset)?
        for moment in 0..<900 {
            for run in 0..<20 {
                let isSlow = moment >= 800 ? (moment * 20 + run) % 33 == 0 : (moment * 20 + run) % 1_000 == 0
                let time = Self.begin + UInt64(moment) * Self.second + UInt64(run)
                history.add(at: time, duration: isSlow ? 2_000_000_000 : 100_000_000, failed: false)
            }
            guard moment % 10 == 9, found == nil else { continue }
            let now = Self.begin + UInt64(moment + 1) * Self.second
            found = detector.onset(of: id, history, now: now).map { (moment + 1, $0) }
        }
        let (asked, onset) = try #require(found)
        #expect(asked >= 800 && asked <= 860)
        #expect(abs(Self.seconds(onset) - 800) <= 20)
        #expect(onset.signals == [.latency])
        #expect(onset.p95Before == onset.p95After)
    }

    @Test("a brief burst that has come and gone before is a habit, a longer one is not")
    func habit() throws {
        func burst(_ from: Int, _ length: Int) -> [Level] {
            [Level(from: from, median: 400), Level(from: from + length)]
        }
        let first = try Self.answers([Level()] + burst(1_800, 120), seconds: 2_400)
        #expect(first.count == 2, "the first burst is news: \(first)")
        let again = try Self.answers([Level()] + burst(1_800, 120) + burst(9_000, 80), seconds: 9_600)
        #expect(again.count == 2, "the second is not: \(again)")
        let longer = try Self.answers([Level()] + burst(1_800, 120) + burst(9_000, 600), seconds: 9_600)
        #expect(longer.count >= 3, "what lasts longer is: \(longer)")
    }

    @Test("asked for the first time at the end, it answers as if it had been asked all along")
    func late() throws {
        let levels = [Level(), Level(from: 3_600, median: 300)]
        let live = try #require(try Self.answers(levels, seconds: 7_200).last?.onset)
        let once = try #require(try Self.answers(levels, seconds: 7_200, step: 7_200).last?.onset)
        #expect(abs(Self.seconds(live) - Self.seconds(once)) <= 10)
        #expect(live.signals == once.signals)
    }

    @Test("no moment and no duration is too strange")
    func hostile() throws {
        let definition = try #require(JourneySet(text: checkoutYAML, file: "test.yaml").journeys.first)
        let id = JourneyView.ID(name: "checkout", environment: "prod", isFound: false)
        for now in [0, 1, Self.begin, .max - 1, .max] as [UInt64] {
            var history = OnsetHistory(of: definition)
            var detector = OnsetDetector()
            for number in 0..<200 as Range<UInt64> {
                let time = now > number * Self.second ? now - number * Self.second : 0
                history.add(at: time, duration: number.isMultiple(of: 2) ? .max : 0, failed: true)
            }
            let first = detector.onset(of: id, history, now: now)
            let setBack = detector.onset(of: id, history, now: 0)
            let empty = detector.onset(of: id, OnsetHistory(of: definition), now: now)
            #expect(first == nil && setBack == nil && empty == nil, "\(now)")
        }
    }

    @Test("a journey's own view answers as its counts do")
    func view() throws {
        var engine = JourneyEngine.make(checkoutYAML)
        var spans: [TestSpan] = []
        for number in 0..<2_400 as Range<UInt64> {
            let base: Double = number < 2_000 ? 100 : 400
            let took = base + Double(number % 50)
            let end = Double(number) / 4
            spans.append(.make(trace: number + 1, span: number + 1, endsAt: end, took: took))
        }
        engine.take(spans)
        let view = try #require(engine.picture().journeys.first)
        var detector = OnsetDetector()
        let answer = detector.onset(of: view, now: Self.begin + 600 * Self.second)
        let onset = try #require(answer)
        #expect(abs(Self.seconds(onset) - 500) <= 10)
        let again = detector.onset(of: view, now: Self.begin + 601 * Self.second)
        #expect(again == onset, "the same within 5 s")
    }
}
