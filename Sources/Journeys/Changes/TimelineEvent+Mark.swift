import Telemetry

extension TimelineEvent {
    /// What somebody reported.
    ///
    /// - Parameter arrival: When the report came, in Unix nanoseconds; it stands for a time that the report does not say.
    package init(_ mark: ReportedMark, arrival: UInt64) {
        let kind: Kind =
            switch mark.kind {
            case .deploy: .deploy
            case .config: .config
            case .note: .note
            }
        self.init(
            time: mark.time > 0 ? mark.time : arrival, kind: kind, journey: mark.journey,
            environment: mark.environment)
        service = mark.service
        subject = mark.subject
        before = mark.before
        after = mark.version
        text = mark.text
        by = mark.by
    }
}
