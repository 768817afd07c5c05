/// Where an OTLP receiver listens and what it puts up with.
package struct ReceiverConfiguration: Sendable {
    /// The address to listen on; only loopback is allowed for now.
    package var host: String
    /// The gRPC port; 0 is any free port, nil is no gRPC.
    package var grpcPort: Int?
    /// The HTTP port; 0 is any free port, nil is no HTTP.
    package var httpPort: Int?
    /// The limits.
    package var limits: ReceiverLimits

    /// Makes a configuration; what is left out is what OTLP clients expect.
    package init(
        host: String = "127.0.0.1", grpcPort: Int? = 4317, httpPort: Int? = 4318, limits: ReceiverLimits = .init()
    ) {
        self.host = host
        self.grpcPort = grpcPort
        self.httpPort = httpPort
        self.limits = limits
    }
}

/// The limits of a receiver; every one of them guards memory or connections against a careless or hostile client.
package struct ReceiverLimits: Sendable {
    /// The largest request in bytes, both as it is on the wire and inflated. Default 64 MiB.
    package var messageBytes = 64 << 20
    /// The most request bytes held at any time over all requests, on the wire and inflated. Default 256 MiB.
    package var bytesInFlight = 256 << 20
    /// The largest response in bytes; messages are shortened to fit. Default 4 MiB.
    package var responseBytes = 4 << 20
    /// The most connections at a time, per port. Default 256.
    package var connections = 256
    /// The most connections at a time from one address. Loopback is exempt: there, one address is the whole machine.
    package var connectionsPerAddress = 32
    /// The most HTTP/2 streams at a time on one connection. Default 100.
    package var streamsPerConnection = 100
    /// The most header fields of an HTTP request. Default 100.
    package var headerFields = 100
    /// The most header bytes of an HTTP request, names and values together. Default 16 KiB.
    package var headerBytes = 16 << 10
    /// How long a new connection may take until its first request's header is complete. Default 10 s.
    package var headerTimeout: Duration = .seconds(10)
    /// How long a request's body may take. Default 30 s.
    package var bodyTimeout: Duration = .seconds(30)
    /// How long a connection may wait for its next request. Default 60 s.
    package var idleTimeout: Duration = .seconds(60)
    /// How long a stop waits for requests under way before it cuts connections. Default 5 s.
    package var shutdownGrace: Duration = .seconds(5)
    /// What an overloaded receiver tells clients to wait when its sink names no time, in seconds. Default 1 s.
    package var retryAfterSeconds = 1

    /// Makes limits that are all at their defaults.
    package init() {}
}

/// Which of the receiver's two ports is meant.
package enum ReceiverProtocol: String, Sendable {
    /// OTLP over gRPC.
    case grpc = "gRPC"
    /// OTLP over HTTP.
    case http = "HTTP"
}

/// Where a receiver listens, with the actual port numbers.
package struct ReceiverEndpoints: Equatable, Sendable {
    /// The address.
    package var host: String
    /// The gRPC port, nil when gRPC is off.
    package var grpcPort: Int?
    /// The HTTP port, nil when HTTP is off.
    package var httpPort: Int?
}

/// Why a receiver cannot start. The parts are there so that the command line can name the option that helps.
package enum ReceiverError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The address is reachable from other machines, or is not an address.
    case notLoopback(host: String)
    /// Another program listens there already.
    case portInUse(ReceiverProtocol, host: String, port: Int)
    /// The system does not let us listen there; `reason` is the system's own word (for instance "Permission denied").
    case cannotListen(ReceiverProtocol, host: String, port: Int, reason: String)

    /// The error in one sentence, and what to do.
    package var description: String {
        switch self {
        case .notLoopback(let host):
            "cannot listen on \"\(host)\": only this machine (127.0.0.1, ::1, localhost) is allowed for now"
        case .portInUse(let which, let host, let port):
            "\(which.rawValue) port \(port) on \(host) is already in use by another program; "
                + "choose another \(which.rawValue) port (0 is any free one), stop that program, or run without receiver"
        case .cannotListen(let which, let host, let port, let reason):
            "cannot listen on \(host), \(which.rawValue) port \(port): \(reason); choose another port (0 is any free one)"
        }
    }
}
