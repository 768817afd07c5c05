/// What goes wrong in the built-in shop.
package enum ShopFault: String, Sendable, CaseIterable {
    /// payments 2.14.0 comes up on three of eight instances with a connection pool of 10 instead of 50.
    case release
    /// The payment provider is slow and fails, for every instance and version.
    case dependency
    /// One of three hosts has too little processor time for everything on it.
    case host
    /// Searches stop coming.
    case silence

    /// What happens, in words for a person.
    package var explanation: String {
        switch self {
        case .release: "payments 2.14.0 on 3 of 8 instances: pool of 10 instead of 50, requests wait for a connection"
        case .dependency: "the payment provider takes about a second and fails now and then"
        case .host: "everything on node-b runs at a third of its speed"
        case .silence: "searches stop coming"
        }
    }
}

/// The journeys of the built-in shop.
package enum ShopJourney: Int, Sendable, CaseIterable {
    case checkout, search, browse, login, cartAdd

    /// Runs a second at rate 1: a tenth of a real shop's checkouts, and fewer of the frequent journeys, so that an hour
    /// fits into memory many times over.
    var runsPerSecond: Double {
        switch self {
        case .checkout: 4
        case .search: 8
        case .browse: 6
        case .login: 4
        case .cartAdd: 3
        }
    }
}

/// Which shop is simulated.
package struct SimulatorConfiguration: Sendable {
    /// Equal seeds give equal telemetry.
    package var seed: UInt64
    /// What goes wrong; nil for a shop that stays well.
    package var fault: ShopFault?
    /// When it goes wrong, Unix nanoseconds.
    package var faultTime: UInt64
    /// How busy the shop is; 1 is about 25 journeys and 150 spans a second.
    package var rate: Double
    /// `deployment.environment.name`.
    package var environment: String

    /// Makes a configuration.
    package init(
        seed: UInt64 = 1, fault: ShopFault? = .release, faultTime: UInt64 = .max, rate: Double = 1,
        environment: String = "prod-eu"
    ) {
        self.seed = seed
        self.fault = fault
        self.faultTime = faultTime
        self.rate = rate
        self.environment = environment
    }
}
