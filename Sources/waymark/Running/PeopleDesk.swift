import Alerting
import Glibc
import Journeys
import Pipeline
import Telemetry

/// Does what people and paging services ask for through the control server.
struct PeopleDesk: ControlHandler {
    let watch: JourneyWatch
    let pipeline: Pipeline
    let dispatcher: AlertDispatcher?
    private let started = WallClock.now()

    init(watch: JourneyWatch, pipeline: Pipeline, dispatcher: AlertDispatcher?) {
        self.watch = watch
        self.pipeline = pipeline
        self.dispatcher = dispatcher
    }

    func acknowledge(_ request: AcknowledgeRequest) async throws(ControlProblem) -> ControlAnswer {
        let names = try known(request.journey, request.environment)
        guard watch.acknowledge(request.journey, in: request.environment, by: request.by, note: request.note) else {
            throw ControlProblem(
                409, "\(request.journey) has no trouble to acknowledge", field: "journey",
                expected: "a journey that pages, warns, has shifted or is silent")
        }
        return ControlAnswer(message: "acknowledged \(request.journey)", journeys: names)
    }

    func mute(_ request: MuteRequest) async throws(ControlProblem) -> ControlAnswer {
        let names = try known(request.journey, request.environment)
        let until: UInt64
        switch request.end {
        case .until(let time): until = time
        case .after(let length):
            let (sum, overflow) = pipeline.now.addingReportingOverflow(length)
            until = overflow ? .max : sum
        }
        guard watch.mute(request.journey, in: request.environment, until: until, by: request.by, note: request.note)
        else {
            throw ControlProblem(400, "the time has passed", field: "until", expected: "a time to come, or \"for\"")
        }
        return ControlAnswer(message: "muted \(request.journey)", journeys: names)
    }

    func unmute(_ request: UnmuteRequest) async throws(ControlProblem) -> ControlAnswer {
        let names = try known(request.journey, request.environment)
        guard watch.unmute(request.journey, in: request.environment, by: request.by) else {
            throw ControlProblem(409, "\(request.journey) is not muted", field: "journey")
        }
        return ControlAnswer(message: "unmuted \(request.journey)", journeys: names)
    }

    func mark(_ request: MarkRequest) async throws(ControlProblem) -> ControlAnswer {
        watch.report(request.event(now: pipeline.now))
        return ControlAnswer(message: "marked \(request.service) \(request.version)")
    }

    func note(_ request: NoteRequest) async throws(ControlProblem) -> ControlAnswer {
        if let journey = request.journey { _ = try known(journey, request.environment) }
        watch.note(request.text, about: request.journey, in: request.environment, at: nil, by: request.by)
        return ControlAnswer(message: "noted")
    }

    func testAlerts(_ request: AlertTestRequest) async throws(ControlProblem) -> [AlertTestAnswer] {
        guard let dispatcher else {
            throw ControlProblem(
                409, "no receiver of alerts is configured",
                expected: "one below \"alerting:\" in the configuration file")
        }
        let names = await dispatcher.status().map(\.receiver)
        if let receiver = request.receiver, !names.contains(receiver) {
            throw .unknown(
                "receiver", receiver, field: "receiver", suggestion: EditDistance.nearest(to: receiver, among: names))
        }
        return await dispatcher.testAlert(receiver: request.receiver)
    }

    func status() async throws(ControlProblem) -> ControlStatus {
        let receivers = await dispatcher?.status() ?? []
        return ControlStatus(
            pid: getpid(), started: started, verdicts: watch.look().verdicts, receivers: receivers)
    }

    /// Checks a journey's name and environment; gives the rows that they mean, such as `checkout in production`.
    private func known(_ journey: String, _ environment: String?) throws(ControlProblem) -> [String] {
        let views = pipeline.picture().journeys.journeys.filter { !$0.isFound }
        let named = views.filter { $0.name == journey }
        guard !named.isEmpty else {
            let names = Set(views.map(\.name)).sorted()
            throw .unknown(
                "journey", journey, field: "journey", suggestion: EditDistance.nearest(to: journey, among: names))
        }
        let meant = named.filter { environment == nil || $0.environment == environment }
        guard !meant.isEmpty else {
            let names = named.compactMap(\.environment).sorted()
            throw .unknown(
                "environment", environment ?? "", field: "environment",
                suggestion: EditDistance.nearest(to: environment ?? "", among: names))
        }
        return meant.map { view in view.environment.map { "\(view.name) in \($0)" } ?? view.name }
    }
}
