/// Judges journeys: whether their promises hold, since when they do not, and whom to tell.
///
/// It has no clock and touches nothing: it is given a picture of what was counted and a moment, about once a second
/// while runs come, once for a file. What it has to remember from one time to the next is which alerts fire since when,
/// who has seen them, and what is muted; after a restart that is read back from the timeline
/// (``restore(from:)``). Verdicts follow from the runs and the seconds at which something can change, so an alert's
/// second is the same whether judging takes place each second, late, or once.
///
/// * A page is a page-severity burn alert, or more bad runs than `max-bad`; see `AlertRule` for when they fire.
/// * OUT is a used-up budget of at least 30 runs; a budget is that of the full window, see `BudgetScale`.
/// * SHIFT is a change-point without a burn alert, for an hour at most.
/// * NODATA is silence where at least ten runs were expected, see `ExpectedTraffic`.
/// * FEW is an hour with fewer than 30 runs for every promise (or of the journey, when it promises nothing).
/// * STALE is a late source: everything stands as it was judged last, no alert begins or ceases. When the source has
///   caught up, the seconds in between are judged with what it brought.
///
/// An acknowledgement ends when the trouble is over or becomes worse: a page on top of an acknowledged warning is not
/// acknowledged.
package struct Judge: Sendable {
    /// A journey in an environment.
    struct Subject: Hashable, Sendable {
        let journey: String
        let environment: String?
    }

    /// Whom an alert bothers and since when.
    struct Firing: Sendable, Hashable {
        var since: UInt64
        var severity: JourneyDefinition.Alert.Severity?
        var summary: String
    }

    /// What is remembered of a journey in an environment.
    struct Record: Sendable {
        var definition: JourneyDefinition?
        /// The last second whose alerts were judged.
        var judgedTo: UInt64?
        var firing: [ActiveAlert.Key: Firing] = [:]
        /// When an alert ceased last.
        var resolved: [ActiveAlert.Key: UInt64] = [:]
        /// By objective.
        var slices: [Int: BadSlices] = [:]
        /// The last verdict on fresh data, without acknowledgement and mute.
        var verdict: JourneyVerdict?
        var acknowledgement: Acknowledgement?
        /// How it stood when it was acknowledged.
        var acknowledgedState: JourneyState?
        /// The change-point that was told last.
        var toldOnset: UInt64?
        /// Since when no picture has it.
        var missingSince: UInt64?
    }

    /// Until when somebody wants silence.
    struct Mute: Sendable {
        var until: UInt64
    }

    var records: [Subject: Record] = [:]
    var mutes: [Subject: Mute] = [:]
    var periods = CalendarPeriods()
    private(set) var timeline = JudgeTimeline()
    private var fresh: [TimelineEvent] = []
    private var staleSince: UInt64?
    private var firstJudged: UInt64?
    private var judgedFile: (state: FileState, verdicts: JourneyVerdicts)?

    /// What a file was judged from.
    private struct FileState: Hashable {
        let context: [UInt64]
        let totals: [UInt64]
        let ids: [JourneyView.ID]
        let late: Double
    }

    /// For how long a journey that no picture has any more keeps its alerts: ten minutes.
    private static let missing = 10 * JudgedTime.minute
    private static let maximumFresh = 10_000

    /// Makes a judge that knows nothing yet.
    package init() {}

    /// The events since this was asked last, those given as changes too, oldest first: what a history has to keep.
    package mutating func takeNewEvents() -> [TimelineEvent] {
        defer { fresh.removeAll() }
        return fresh.sorted { $0.time < $1.time }
    }

    /// Judges every journey from a file in every environment at one moment.
    ///
    /// - Parameters:
    ///   - picture: What was counted.
    ///   - context: The moment, and what is known of the source.
    ///   - onsets: Says whether a journey is worse since a change-point at a moment; asked once for each journey.
    package mutating func judge(
        _ picture: JourneysPicture,
        _ context: JudgeContext,
        onsets: (JourneyView, UInt64) -> Onset? = { _, _ in nil }
    ) -> JourneyVerdicts {
        for change in context.changes { tell(change) }
        let second = JudgedTime.second(of: context.now)
        if firstJudged == nil { firstJudged = second }
        let views = picture.journeys.filter { !$0.isFound && !$0.isUnjudged }
        endMutes(at: second)
        if context.base == .file { return judgeFile(views, picture, context, onsets) }
        followSource(context, at: second)
        let verdicts = views.map { judge($0, picture, context, at: second, onsets) }
        forgetMissing(views, at: second)
        return JourneyVerdicts(now: context.now, journeys: verdicts, timeline: timeline.events)
    }

    /// A file is judged as a whole, each time that more of it was read.
    private mutating func judgeFile(
        _ views: [JourneyView],
        _ picture: JourneysPicture,
        _ context: JudgeContext,
        _ onsets: (JourneyView, UInt64) -> Onset?
    ) -> JourneyVerdicts {
        let state = FileState(
            context: [context.now, picture.watermark, picture.firstSeen ?? 0, context.dropped],
            totals: views.map { $0.counts(in: TimeWindow(from: 0, to: .max)).total }, ids: views.map(\.id),
            late: context.lateShare)
        if let judgedFile, judgedFile.state == state {
            var verdicts = judgedFile.verdicts
            verdicts.timeline = timeline.events
            for number in verdicts.journeys.indices { dress(&verdicts.journeys[number], at: context.now) }
            return verdicts
        }
        for subject in records.keys {
            records[subject]?.firing = [:]
            records[subject]?.resolved = [:]
            records[subject]?.judgedTo = nil
            records[subject]?.toldOnset = nil
            records[subject]?.verdict = nil
        }
        timeline.removeAll { $0.kind.isJudged }
        fresh.removeAll { $0.kind.isJudged }
        let second = JudgedTime.second(of: context.now)
        var fixed = context
        fixed.staleSince = nil
        let journeys = views.map { judge($0, picture, fixed, at: second, onsets) }
        let verdicts = JourneyVerdicts(now: context.now, journeys: journeys, timeline: timeline.events)
        judgedFile = (state, verdicts)
        return verdicts
    }

    /// Judges one journey.
    private mutating func judge(
        _ view: JourneyView,
        _ picture: JourneysPicture,
        _ context: JudgeContext,
        at second: UInt64,
        _ onsets: (JourneyView, UInt64) -> Onset?
    ) -> JourneyVerdict {
        let subject = Subject(journey: view.id.name, environment: view.environment)
        var record = records[subject] ?? Record()
        record.missingSince = nil
        adopt(view, &record, subject, at: second)
        var verdict: JourneyVerdict
        if let staleSince = context.staleSince {
            verdict = stale(view, &record, context, at: second, since: staleSince)
        } else {
            let watchedSince = context.base == .file ? picture.firstSeen ?? second : firstJudged ?? second
            verdict = fresh(view, &record, context, at: second, watchedSince: watchedSince, onsets)
            record.verdict = verdict
            record.judgedTo = second
        }
        records[subject] = record
        dress(&verdict, at: context.now)
        return verdict
    }

    /// Adds who has seen it and whether it is muted.
    private mutating func dress(_ verdict: inout JourneyVerdict, at now: UInt64) {
        // The verdict on a file is kept, and may have been dressed before.
        if verdict.state == .muted {
            verdict.state = verdict.beneath ?? .ok
            verdict.beneath = nil
        }
        verdict.mutedUntil = nil
        verdict.acknowledgement = nil
        let subject = Subject(journey: verdict.id.name, environment: verdict.id.environment)
        let state = verdict.state == .stale ? verdict.beneath ?? .stale : verdict.state
        if var record = records[subject], record.acknowledgement != nil {
            let isTrouble = state == .out || verdict.alerts.contains { $0.key.kind != .stale }
            let isWorse = record.acknowledgedState.map { state < $0 } ?? false
            if verdict.state != .stale, !isTrouble || isWorse {
                record.acknowledgement = nil
                record.acknowledgedState = nil
            } else if record.acknowledgedState == nil {
                record.acknowledgedState = state
            }
            records[subject] = record
            verdict.acknowledgement = record.acknowledgement
        }
        let all = Subject(journey: subject.journey, environment: nil)
        if let until = [mutes[subject], mutes[all]].compactMap({ $0?.until }).max(), until > now {
            verdict.mutedUntil = until
            if verdict.state != .muted {
                verdict.beneath = verdict.state
                verdict.state = .muted
            }
        }
    }

    /// Tells an event: it becomes part of the timeline, and of what a history has to keep.
    mutating func tell(_ event: TimelineEvent) {
        guard timeline.insert(event) else { return }
        if fresh.count >= Judge.maximumFresh { fresh.removeFirst() }
        fresh.append(event)
    }

    /// Puts back an event that a history kept.
    mutating func remember(_ event: TimelineEvent) {
        timeline.insert(event)
        if event.kind == .stale, event.journey == nil { staleSince = event.time }
        if event.kind == .fresh, event.journey == nil { staleSince = nil }
    }

    /// Notices that the source went late or caught up.
    private mutating func followSource(_ context: JudgeContext, at second: UInt64) {
        if let since = context.staleSince, staleSince == nil {
            var event = TimelineEvent(time: since, kind: .stale)
            event.text = "the source is late"
            tell(event)
        }
        if context.staleSince == nil, let since = staleSince {
            var event = TimelineEvent(time: max(second, since), kind: .fresh)
            event.text = "the source caught up after " + JudgeWords.length(max(second, since) - since)
            tell(event)
        }
        staleSince = context.staleSince
    }

    private mutating func endMutes(at second: UInt64) {
        for (subject, mute) in mutes where mute.until <= second {
            mutes[subject] = nil
            var event = TimelineEvent(
                time: mute.until, kind: .unmuted, journey: subject.journey, environment: subject.environment)
            event.text = "the mute ended"
            tell(event)
        }
    }

    /// Lets go of journeys that no picture has any more.
    private mutating func forgetMissing(_ views: [JourneyView], at second: UInt64) {
        let present = Set(views.map { Subject(journey: $0.id.name, environment: $0.environment) })
        for (subject, record) in records where !present.contains(subject) {
            var record = record
            let since = min(record.missingSince ?? second, second)
            record.missingSince = since
            // A journey without runs makes way for the environments that its first runs name.
            let isReplaced = subject.environment == nil && views.contains { $0.id.name == subject.journey }
            if isReplaced || second - since >= Judge.missing {
                for key in record.firing.keys {
                    resolve(key, &record, at: second, because: "it is not judged any more")
                }
                records[subject] = nil
            } else {
                records[subject] = record
            }
        }
    }
}

extension TimelineEvent.Kind {
    /// Whether a judge finds it in the runs.
    var isJudged: Bool {
        switch self {
        case .onset, .fired, .resolved, .silent, .heard: true
        default: false
        }
    }
}
