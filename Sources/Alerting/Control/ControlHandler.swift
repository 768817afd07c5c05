/// Does what people and paging services ask for.
package protocol ControlHandler: Sendable {
    /// Notes that somebody has seen it.
    ///
    /// - Throws: ``ControlProblem``, such as 404 for an unknown journey.
    func acknowledge(_ request: AcknowledgeRequest) async throws(ControlProblem) -> ControlAnswer
    /// Silences a journey.
    func mute(_ request: MuteRequest) async throws(ControlProblem) -> ControlAnswer
    /// Ends a silence.
    func unmute(_ request: UnmuteRequest) async throws(ControlProblem) -> ControlAnswer
    /// Takes a deployment into the timeline.
    func mark(_ request: MarkRequest) async throws(ControlProblem) -> ControlAnswer
    /// Takes a note into the timeline.
    func note(_ request: NoteRequest) async throws(ControlProblem) -> ControlAnswer
    /// Sends test messages.
    func testAlerts(_ request: AlertTestRequest) async throws(ControlProblem) -> [AlertTestAnswer]
    /// Says how things stand.
    func status() async throws(ControlProblem) -> ControlStatus
}
