import Journeys

/// Which services take part in which journeys with promises: what a change of a service concerns.
struct JourneyPaths: Sendable {
    /// The services of each row.
    private(set) var services: [JourneyView.ID: Set<String>] = [:]
    /// When it was read, in Unix nanoseconds of event time.
    private var at: UInt64?

    /// Nothing known.
    init() {}

    /// Reads the services anew when what is known is ten seconds old.
    mutating func update(_ picture: DashboardPicture) {
        if let at, picture.now >= at, picture.now - at < 10_000_000_000 { return }
        at = picture.now
        // An empty window: which services were ever seen costs nothing, their durations would.
        let nothing = TimeWindow(from: picture.now, to: picture.now)
        for view in picture.journeys.journeys where !view.isFound {
            services[view.id] = Set(view.versions(in: nothing).map(\.service))
        }
    }

    /// Whether an event concerns a journey: it names it, or a service on its path, or nothing at all.
    func concerns(_ event: TimelineEvent, _ row: JourneyView.ID) -> Bool {
        if let environment = event.environment, let own = row.environment, environment != own { return false }
        if let journey = event.journey { return journey == row.name }
        guard let service = event.service else { return true }
        return services[row]?.contains(service) ?? false
    }

    /// The journeys that a change of a service concerns, by name.
    func journeys(with service: String) -> [String] {
        Set(services.filter { $0.value.contains(service) }.map(\.key.name)).sorted()
    }
}
