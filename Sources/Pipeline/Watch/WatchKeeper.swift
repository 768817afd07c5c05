import Alerting
import History
import Journeys
import Synchronization

/// Does what follows from the verdicts, once a second: commits to the history and tells people.
///
/// It runs beside whatever shows the verdicts; a slow disk or receiver delays nothing but itself.
package final class WatchKeeper: Sendable {
    private struct State {
        var deliveries: [AlertDeliveryStatus] = []
    }

    private let watch: JourneyWatch
    private let pipeline: Pipeline
    private let history: History?
    private let dispatcher: AlertDispatcher?
    private let wallNow: @Sendable () -> UInt64
    private let state = Mutex(State())

    /// Puts a keeper together.
    ///
    /// - Parameters:
    ///   - watch: What it keeps.
    ///   - pipeline: What is watched.
    ///   - history: Where counts and events go; nil keeps nothing.
    ///   - dispatcher: Who is told; nil tells nobody.
    ///   - wallNow: The time on the wall in Unix nanoseconds.
    package init(
        watch: JourneyWatch, pipeline: Pipeline, history: History?, dispatcher: AlertDispatcher?,
        wallNow: @escaping @Sendable () -> UInt64
    ) {
        self.watch = watch
        self.pipeline = pipeline
        self.history = history
        self.dispatcher = dispatcher
        self.wallNow = wallNow
    }

    /// The journeys as they are counted now.
    package var journeys: JourneysPicture { pipeline.picture().journeys }

    /// Reads what the history has of the pipeline's journeys; call it before anything is taken in.
    package func restore() {
        guard let history else { return }
        let restored = history.restore(journeys: pipeline.definitions, now: wallNow())
        if let picture = pipeline.restore(restored) { history.begin(from: picture) }
        watch.restore(restored.events)
    }

    /// Exchanges the journeys: what was counted is committed first, and new ones begin with what the history has of them.
    package func replace(journeys: [JourneyDefinition]) {
        guard let history else { return pipeline.replace(journeys: journeys) }
        history.commit(pipeline.picture().journeys, events: watch.takeNewEvents(), now: wallNow())
        pipeline.replace(journeys: journeys, history: history.restore(journeys: journeys, now: wallNow()))
    }

    /// Goes on until cancelled, then commits what there is.
    package func run(every interval: Duration = .seconds(1), clock: any Clock<Duration> = ContinuousClock()) async {
        while !Task.isCancelled {
            await beat()
            try? await clock.sleep(for: interval)
        }
        await beat()
    }

    /// One second's work.
    package func beat() async {
        pipeline.tick()
        let picture = watch.look()
        let events = watch.takeNewEvents()
        if let history {
            if history.isRestoreDue { restore() }
            for event in history.commit(picture.pipeline.journeys, events: events, now: wallNow()) {
                watch.report(event)
            }
        }
        guard let dispatcher else { return }
        await dispatcher.update(picture.verdicts, context: Self.context(of: picture), now: picture.verdicts.now)
        let deliveries = await dispatcher.status()
        state.withLock { $0.deliveries = deliveries }
    }

    /// What the screen should say about the history; nil when all is well.
    package var historyBanner: String? { history?.status.banner }

    /// What the screen should say about alerts that do not get through; nil when all is well.
    package var deliveryBanner: String? {
        let failing = state.withLock { $0.deliveries }.filter(\.isFailing)
        guard let first = failing.first else { return nil }
        let more = failing.count > 1 ? " (and \(failing.count - 1) more)" : ""
        return "alerts do not reach \(first.receiver): \(first.lastProblem ?? "no answer")\(more)"
    }

    /// How alerts get to people.
    package var deliveries: [AlertDeliveryStatus] { state.withLock { $0.deliveries } }

    private static func context(of picture: WatchedPicture) -> AlertContext {
        let views = picture.pipeline.journeys.journeys
        let definitions = views.compactMap(\.definition).map { ($0.name, $0) }
        let timeline = picture.verdicts.timeline
        return AlertContext(definitions: Dictionary(definitions) { first, _ in first }) { verdict in
            guard let onset = verdict.onset, let view = views.first(where: { $0.id == verdict.id }) else { return [] }
            return ChangeRelevance().changes(near: onset.time, of: view, in: timeline)
        }
    }
}
