import Journeys
import Synchronization

/// What was counted and what was judged from it, at one moment.
package struct WatchedPicture: Sendable {
    /// What was counted.
    package var pipeline: PipelinePicture
    /// How every journey from a file stands, judged from exactly these counts.
    package var verdicts: JourneyVerdicts
}

/// Keeps watch: takes a picture, finds change-points, judges, and remembers what is new for whoever keeps or tells it.
///
/// ``look()`` may be called from any thread, by the screen and by the task that keeps the history; each call judges what
/// is there, and none waits for a disk or a network.
package final class JourneyWatch: Sendable {
    private struct State {
        var judge = Judge()
        var detector = OnsetDetector()
        var onsets: [JourneyView.ID: Onset] = [:]
        var onsetsFrom: UInt64?
        /// Changes that somebody reported since the last look.
        var reported: [TimelineEvent] = []
    }

    /// How often change-points are looked for, in nanoseconds.
    private static let onsetInterval: UInt64 = 10_000_000_000

    private let pipeline: Pipeline
    private let state = Mutex(State())

    /// Watches the journeys of a pipeline.
    package init(_ pipeline: Pipeline) { self.pipeline = pipeline }

    /// Continues from what happened before a restart: alerts, acknowledgements, mutes.
    package func restore(_ events: [TimelineEvent]) {
        state.withLock { $0.judge.restore(from: events) }
    }

    /// What was counted up to now, and how the journeys stand.
    package func look() -> WatchedPicture {
        state.withLock { state in
            let picture = pipeline.picture()
            let isFile = pipeline.base == .file
            // Whole seconds are judged: the last one of a file ends after its last run.
            let now = isFile ? Self.endOfSecond(picture.now) : picture.now
            var context = JudgeContext(now: now, base: isFile ? .file : .stream)
            context.staleSince = picture.staleSince
            context.behindSince = picture.behindSince
            context.lateShare =
                picture.health.spans > 0 ? Double(picture.health.late) / Double(picture.health.spans) : 0
            context.changes = pipeline.takeChanges() + state.reported
            state.reported.removeAll()
            findOnsets(&state, picture)
            let onsets = state.onsets
            let verdicts = state.judge.judge(picture.journeys, context) { view, _ in onsets[view.id] }
            return WatchedPicture(pipeline: picture, verdicts: verdicts)
        }
    }

    /// What happened since this was asked last, oldest first: what a history has to keep.
    package func takeNewEvents() -> [TimelineEvent] {
        state.withLock { $0.judge.takeNewEvents() }
    }

    private static func endOfSecond(_ time: UInt64) -> UInt64 {
        let second: UInt64 = 1_000_000_000
        return time < .max - second ? (time / second + 1) * second : time
    }

    private func findOnsets(_ state: inout State, _ picture: PipelinePicture) {
        let isFile = pipeline.base == .file
        if isFile { state.detector = OnsetDetector() }
        // A clock that was set back must not stop the search.
        if !isFile, let last = state.onsetsFrom, picture.now >= last, picture.now - last < Self.onsetInterval { return }
        state.onsetsFrom = picture.now
        state.onsets.removeAll()
        for view in picture.journeys.journeys where !view.isFound && !view.isUnjudged {
            state.onsets[view.id] = state.detector.onset(of: view, now: picture.now)
        }
    }

    // MARK: What people do

    /// Notes that somebody has seen the trouble of a journey; false when there is none.
    package func acknowledge(_ journey: String, in environment: String?, by: String?, note: String?) -> Bool {
        let now = pipeline.now
        return state.withLock { $0.judge.acknowledge(journey, in: environment, at: now, by: by, note: note) }
    }

    /// Mutes a journey until an instant; false when that has passed or the journey is not judged.
    package func mute(_ journey: String, in environment: String?, until: UInt64, by: String?, note: String?) -> Bool {
        let now = pipeline.now
        return state.withLock {
            $0.judge.mute(journey, in: environment, until: until, at: now, by: by, note: note)
        }
    }

    /// Ends the mute of a journey; false when it has none.
    package func unmute(_ journey: String, in environment: String?, by: String?) -> Bool {
        let now = pipeline.now
        return state.withLock { $0.judge.unmute(journey, in: environment, at: now, by: by) }
    }

    /// Writes a note into the timeline, at an instant or now.
    package func note(_ text: String, about journey: String?, in environment: String?, at time: UInt64?, by: String?) {
        let now = pipeline.now
        state.withLock { $0.judge.note(journey, in: environment, at: time ?? now, text: text, by: by) }
    }

    /// Takes a reported change into the timeline with the next look.
    package func report(_ change: TimelineEvent) {
        state.withLock { $0.reported.append(change) }
    }
}
