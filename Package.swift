// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "waymark",
    products: [
        .executable(name: "waymark", targets: ["waymark"])
    ],
    dependencies: [
        // Arguments, help texts, exit codes and shell completions of the command line.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        // YAML of journey files and themes, with the line and column of every node.
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        // The gRPC half of the OTLP receiver.
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.0"),
        // HTTP/2 below gRPC.
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.0"),
        // The HTTP half of the OTLP receiver.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        // Sockets and byte buffers, shared by the two servers above.
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        // The simulator sends real OTLP over HTTP with it.
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    ],
    targets: [
        .executableTarget(
            name: "waymark",
            dependencies: [
                "Telemetry", "TelemetryCodecs", "DataSources", "Journeys", "Analysis", "Pipeline", "TerminalKit",
                "NcursesTerminal", "Dashboard",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),
        .target(name: "Telemetry", dependencies: ["CRE2"]),
        .target(name: "TelemetryCodecs", dependencies: ["Telemetry"]),
        .target(
            name: "DataSources",
            dependencies: [
                "Telemetry", "TelemetryCodecs", "CZlib", "CZstd",
                .product(name: "GRPCCore", package: "grpc-swift-2"),
                .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
            ]
        ),
        .target(
            name: "Journeys",
            dependencies: ["Telemetry", .product(name: "Yams", package: "Yams")]
        ),
        .target(name: "Analysis", dependencies: ["Telemetry", "Journeys"]),
        .target(
            name: "Pipeline",
            dependencies: ["Telemetry", "TelemetryCodecs", "DataSources", "Journeys", "Analysis"]
        ),
        .target(name: "TerminalKit", dependencies: [.product(name: "Yams", package: "Yams")]),
        .target(name: "NcursesTerminal", dependencies: ["TerminalKit", "CNcurses"]),
        .target(name: "Dashboard", dependencies: ["Telemetry", "Journeys", "Analysis", "TerminalKit"]),

        // Regular expressions in linear time (Debian's RE2) behind a C interface.
        .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2")]),
        .target(
            name: "CNcurses",
            linkerSettings: [.linkedLibrary("ncursesw"), .linkedLibrary("tinfo")]
        ),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    ],
    cxxLanguageStandard: .cxx17
)

// One set of compiler rules for every target of ours: warnings are errors.
for target in package.targets where target.type != .system {
    target.swiftSettings = (target.swiftSettings ?? []) + [.treatAllWarnings(as: .error)]
}
