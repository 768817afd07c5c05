import Journeys
import Telemetry

/// How people are reached and how they reach waymark: the keys `alerting` and `control` of the configuration file.
package struct AlertingConfiguration: Sendable, Hashable {
    /// The ways to people, in the order of the file.
    package var receivers: [AlertReceiver] = []
    /// How people and paging services reach waymark over TCP; nil for the Unix socket only.
    package var control: ControlListening?

    /// A configuration that says nothing.
    package init() {}

    /// Names of journeys that receivers select and nobody knows, as warnings with the nearest known name.
    package func unknownJourneys(among known: [String]) -> [JourneyDiagnostic] {
        receivers.flatMap { receiver in
            receiver.journeys.subtracting(known).sorted().map { name in
                JourneyDiagnostic(
                    .warning, at: receiver.place, problem: "receiver \"\(receiver.name)\" waits for \"\(name)\"",
                    expected: "the name of a journey that is read",
                    suggestion: EditDistance.nearest(to: name, among: known))
            }
        }
    }
}

/// Where the control server listens over TCP.
package struct ControlListening: Sendable, Hashable {
    /// The host's name or address.
    package var host: String
    /// The port; 0 for any free one.
    package var port: Int
    /// What a caller must know; nil only on loopback.
    package var token: Secret?

    /// Makes one.
    package init(host: String, port: Int, token: Secret?) {
        self.host = host
        self.port = port
        self.token = token
    }
}
