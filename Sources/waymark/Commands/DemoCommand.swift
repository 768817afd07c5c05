import ArgumentParser
import DataSources
import Foundation
import Journeys
import Pipeline

/// `waymark demo`: the dashboard over a built-in shop.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Show a built-in shop of Go and Rust services with a fault after a minute.",
        discussion: """
            The shop sends real OTLP to a receiver on free ports. An hour of traffic lies behind it; after a minute the
            fault begins. With a bad release checkout shows SHIFT within a minute of that and PAGE within five, since the
            demo pages at a burn of 14.4 over ten minutes and one. Nothing is kept on disk and nobody is told.

            FAULTS
              release     payments 2.14.0 on 3 of 8 instances, connection pool 50 to 10 (the default)
              dependency  the payment provider gets slow and fails
              host        everything on node-b gets slow
              silence     searches stop coming
            """)

    @Option(help: ArgumentHelp("What goes wrong: release, dependency, host or silence.", valueName: "fault"))
    var fault = "release"

    @Option(help: ArgumentHelp("Equal seeds give equal traffic.", valueName: "n"))
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("How fast time goes, such as 10x.", valueName: "factor"))
    var speed = "1x"

    @OptionGroup var journeyOptions: JourneyOptions
    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var lookOptions: LookOptions

    func validate() throws {
        if ShopFault(rawValue: fault) == nil {
            let known = ShopFault.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--fault \(fault): expected one of \(known)")
        }
        if factor == nil { throw ValidationError("--speed \(speed): expected a factor from 0.1x to 100x, such as 10x") }
    }

    private var factor: Double? {
        let digits = speed.hasSuffix("x") || speed.hasSuffix("×") ? String(speed.dropLast()) : speed
        return Double(digits).flatMap { (0.1...100).contains($0) ? $0 : nil }
    }

    func run() async throws {
        do {
            let settings = Settings()
            let time = SimulatedTime(speed: factor ?? 1, isHeld: true, wall: WallClock.now)
            let clock: @Sendable () -> UInt64 = { time.now }
            let configuration = ReceiverConfiguration(grpcPort: 0, httpPort: 0)
            let receiver = OTLPReceiver(configuration: configuration, decoder: TelemetryDecoder(), now: clock)
            let shop = Simulator(
                SimulatorConfiguration(
                    seed: seed, fault: ShopFault(rawValue: fault), faultTime: time.start + 60_000_000_000))
            var dashboard = LiveDashboard(
                settings: settings, journeys: journeyOptions, store: storeOptions, look: lookOptions,
                receiver: receiver,
                clock: clock)
            dashboard.builtIn = DemoJourneys.definitions
            dashboard.feed = { endpoints in
                guard let port = endpoints.httpPort else { return }
                let transport = HTTPTransport(endpoint: "http://\(endpoints.host):\(port)")
                await SimulatorSender(shop, time: time, transport: transport).run()
            }
            try await dashboard.run()
        } catch let failure as Failure {
            throw failure.report()
        }
    }
}
