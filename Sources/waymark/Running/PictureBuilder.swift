import Analysis
import Dashboard
import DataSources
import Journeys
import Pipeline
import Synchronization
import Telemetry

/// Makes the dashboard's pictures from the pipeline's and the sources' state.
final class PictureBuilder: Sendable {
    private struct Reading {
        var time: UInt64
        var spans: UInt64
        var bytes: UInt64
    }

    private let watch: JourneyWatch
    private let keeper: WatchKeeper?
    private let origin: DashboardPicture.Origin
    private let statuses: Mutex<[SourceStatusHolder]>
    private let files: FileSource?
    private let notices: Mutex<[String]>
    private let readings = Mutex<[String: [Reading]]>([:])

    init(
        watch: JourneyWatch, keeper: WatchKeeper? = nil, origin: DashboardPicture.Origin,
        statuses: [SourceStatusHolder], files: FileSource? = nil
    ) {
        self.watch = watch
        self.keeper = keeper
        self.origin = origin
        self.statuses = Mutex(statuses)
        self.files = files
        notices = Mutex([])
    }

    /// Shows one more source.
    func add(_ status: SourceStatusHolder) { statuses.withLock { $0.append(status) } }

    /// What is to be said about journey files.
    func setNotices(_ lines: [String]) { notices.withLock { $0 = lines } }

    /// A picture of now.
    func picture() -> DashboardPicture {
        let watched = watch.look()
        let picture = watched.pipeline
        let now = WallClock.now()
        var health = DataHealth()
        health.lateSpans = picture.health.late
        health.spans = picture.health.spans
        health.skewedServices = picture.health.skewedServices
        health.evicted = picture.store.counters.evicted
        let sources = statuses.withLock { $0 }.map(\.current)
        health.dropped = sources.reduce(0) { $0 + Int(clamping: $1.counters.refusedRetryable) }
        return DashboardPicture(
            now: picture.now, origin: origin, store: picture.store, journeys: picture.journeys,
            sources: sources.map { line($0, now: now) }, health: health, progress: progress,
            notices: notices.withLock { $0 } + fileNotices, verdicts: watched.verdicts,
            history: keeper?.historyBanner, delivery: keeper?.deliveryBanner)
    }

    private var progress: ReadingProgress? {
        guard let report = files?.report, !report.isDone || report.files.isEmpty else { return nil }
        return ReadingProgress(bytes: UInt64(report.bytesRead), total: report.bytesTotal.map { UInt64($0) })
    }

    private var fileNotices: [String] {
        guard let files else { return [] }
        let report = files.report
        let problems = report.problems.filter { $0.kind != .notice }
        guard let first = problems.first else { return [] }
        return [problems.count > 1 ? "\(first) (and \(report.problemCount - 1) more)" : first.description]
    }

    /// A source with its rates over the last ten seconds.
    private func line(_ status: SourceStatus, now: UInt64) -> SourceLine {
        var line = SourceLine(name: status.name, places: status.places, state: state(status, now: now))
        line.logRecords = status.counters.logRecords
        line.metricPoints = status.counters.metricPoints
        line.requests = status.counters.requests
        line.rejected = status.counters.rejected
        line.message = status.message
        let reading = Reading(time: now, spans: status.counters.spans, bytes: status.counters.bytes)
        let oldest = readings.withLock { readings -> Reading? in
            var list = readings[status.name, default: []].filter { $0.time + 10_000_000_000 > now }
            defer { readings[status.name] = list }
            list.append(reading)
            return list.first
        }
        if let oldest, now > oldest.time + 500_000_000 {
            let seconds = Double(now - oldest.time) / 1e9
            line.spansPerSecond = Double(reading.spans &- oldest.spans) / seconds
            line.bytesPerSecond = Double(reading.bytes &- oldest.bytes) / seconds
        }
        return line
    }

    /// A source that has been quiet for a minute is waiting again.
    private func state(_ status: SourceStatus, now: UInt64) -> SourceLine.State {
        switch status.state {
        case .idle, .listening: return .waiting
        case .failed: return .failed
        case .done: return .done
        case .receiving: return .receiving
        }
    }
}

/// Answers what the dashboard asks of a picture; the same for the terminal and for `render`.
enum Answers {
    /// What "before" means: the first half of the time before the window, so that trouble which began lately is not
    /// compared with itself.
    private static func baseline(of request: InsightRequest, _ picture: DashboardPicture) -> TimeWindow {
        let begin = max(request.baselineFrom, picture.journeys.firstSeen ?? 0)
        guard begin < request.from else { return TimeWindow(from: request.from, to: request.from) }
        return TimeWindow(from: begin, to: begin + (request.from - begin) / 2)
    }

    /// The event that answers an effect; `nil` for effects that ask nothing of a picture.
    static func answer(_ effect: Effect, from picture: DashboardPicture) -> Event? {
        switch effect {
        case .loadTrace(let id): return .traceLoaded(id, picture.store.trace(id).map { TracePicture($0) })
        case .lookInto(let request):
            guard let view = picture.journeys[request.row] else { return nil }
            let findings = TraceQueries.lookInto(
                view, in: picture.store, window: TimeWindow(from: request.from, to: request.to &+ 1),
                baseline: baseline(of: request, picture))
            return .insight(
                JourneyInsight(
                    request: request, contribution: findings.contribution, summaries: findings.summaries,
                    runs: findings.runs, traces: findings.traces))
        case .search(let request):
            let selection = TraceQueries.search(
                request.filter, in: picture.store, window: TimeWindow(from: request.from, to: request.to))
            return .searched(
                SearchResult(
                    request: request, traces: selection.traces, matched: selection.matched, total: selection.total,
                    unsupported: selection.unsupported))
        default: return nil
        }
    }
}
