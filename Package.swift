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
        // YAML of journey files, themes and settings, with the line and column of every node.
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        // Sockets, and the HTTP half of the OTLP receiver; from 2.100.0 on for published advisories.
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        // HTTP/2 below the gRPC half of the OTLP receiver; from 1.46.0 on with a handler for the life of connections.
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        // The built-in shop sends real OTLP over HTTP with it, alerts go to webhooks and Alertmanager.
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        // SQLite below the history: migrations, transactions and checked statements.
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        // The HTTP server through which people and paging services acknowledge, mute and mark.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        // Hooks: commands with a time limit whose whole process group is ended.
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
        // The log lines of a waymark without a terminal.
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        // Signals and the orderly end of a waymark without a terminal.
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .executableTarget(
            name: "waymark",
            dependencies: [
                "Telemetry", "DataSources", "Journeys", "Analysis", "History", "Alerting", "Pipeline", "TerminalKit",
                "NcursesTerminal", "Dashboard",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Yams", package: "Yams"),
            ],
            // Swift's libraries become part of the program: loading and relocating them is a good part of its start. lld,
            // since others warn of calls within Foundation.
            linkerSettings: [
                .unsafeFlags(["-static-stdlib", "-use-ld=lld"], .when(platforms: [.linux])),
                .linkedLibrary("CoreFoundation", .when(platforms: [.linux])),
                .linkedLibrary("_FoundationICU", .when(platforms: [.linux])),
                .linkedLibrary("_FoundationCollections", .when(platforms: [.linux])),
                .linkedLibrary("_FoundationCShims", .when(platforms: [.linux])),
                .linkedLibrary("stdc++", .when(platforms: [.linux])),
            ]
        ),
        .target(name: "Telemetry", dependencies: ["CRE2"]),
        .target(name: "TelemetryCodecs", dependencies: ["Telemetry", "CScan"]),
        .target(
            name: "DataSources",
            dependencies: [
                "Telemetry", "TelemetryCodecs", "CZlib", "CZstd",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOHPACK", package: "swift-nio-http2"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
            ]
        ),
        .target(name: "Journeys", dependencies: ["Telemetry", .product(name: "Yams", package: "Yams")]),
        .target(name: "Analysis", dependencies: ["Telemetry"]),
        .target(
            name: "Alerting",
            dependencies: [
                "Telemetry", "Journeys",
                .product(name: "Yams", package: "Yams"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(
            name: "History",
            dependencies: ["Telemetry", "Journeys", .product(name: "GRDB", package: "GRDB.swift")]
        ),
        .target(
            name: "Pipeline",
            dependencies: [
                "Telemetry", "TelemetryCodecs", "DataSources", "Journeys", "Analysis", "History", "Alerting", "CMalloc",
            ]
        ),
        .target(name: "TerminalKit", dependencies: [.product(name: "Yams", package: "Yams")]),
        .target(name: "NcursesTerminal", dependencies: ["TerminalKit", "CNcurses"]),
        .target(name: "Dashboard", dependencies: ["Telemetry", "Journeys", "Analysis", "TerminalKit"]),

        // Regular expressions in linear time (Debian's RE2) behind a C interface.
        .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2")]),
        // Vector instructions for JSON: Swift has no way from a comparison of bytes to a bit mask.
        .target(name: "CScan"),
        .target(
            name: "CNcurses",
            linkerSettings: [.linkedLibrary("ncursesw"), .linkedLibrary("tinfo")]
        ),
        // The settings of the C library's memory.
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),

        .target(
            name: "TestSupport",
            dependencies: ["Telemetry", "DataSources", "TerminalKit"],
            path: "Tests/TestSupport"
        ),
        .testTarget(name: "TelemetryTests", dependencies: ["Telemetry"]),
        .testTarget(
            name: "TelemetryCodecsTests",
            dependencies: ["Telemetry", "TelemetryCodecs"],
            exclude: ["Fixtures"]
        ),
        .testTarget(
            name: "DataSourcesTests",
            dependencies: [
                "DataSources", "Telemetry", "TelemetryCodecs", "TestSupport", "CZlib", "CZstd",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOHPACK", package: "swift-nio-http2"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
            ]
        ),
        .testTarget(name: "JourneysTests", dependencies: ["Journeys", "DataSources", "Telemetry"]),
        .testTarget(
            name: "HistoryTests",
            dependencies: [
                "History", "HistoryMaking", "HistoryCrasher", "Journeys", "Telemetry",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]
        ),
        .target(
            name: "HistoryMaking",
            dependencies: ["History", "Journeys", "Telemetry"],
            path: "Tests/HistoryMaking"
        ),
        // Is killed by the tests of the history while it writes.
        .executableTarget(
            name: "HistoryCrasher",
            dependencies: ["History", "HistoryMaking", "Journeys"],
            path: "Tests/HistoryCrasher"
        ),
        .testTarget(name: "AnalysisTests", dependencies: ["Analysis", "Telemetry", "TelemetryCodecs"]),
        // Recorded and synthetic days, many times as fast as they were.
        .testTarget(
            name: "ReplayTests",
            dependencies: ["Journeys", "Analysis", "Telemetry", "TelemetryCodecs", "CZstd"]
        ),
        .testTarget(
            name: "AlertingTests",
            dependencies: [
                "Alerting", "Journeys", "Telemetry",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "PipelineTests",
            dependencies: ["Pipeline", "DataSources", "Journeys", "Analysis", "Telemetry", "TelemetryCodecs"]
        ),
        // Decoders and parsers with what must hold for all bytes; Tests/Fuzzing/fuzz builds them for libFuzzer.
        .target(
            name: "FuzzTargets",
            dependencies: ["Telemetry", "TelemetryCodecs", "DataSources", "TerminalKit"],
            path: "Tests/Fuzzing/Targets"
        ),
        .testTarget(name: "FuzzingTests", dependencies: ["FuzzTargets"]),
        .testTarget(name: "TerminalKitTests", dependencies: ["TerminalKit", "TestSupport"]),
        .testTarget(name: "NcursesTerminalTests", dependencies: ["NcursesTerminal", "TerminalKit"]),
        .testTarget(
            name: "DashboardTests",
            dependencies: ["Dashboard", "Telemetry", "Journeys", "Analysis", "TerminalKit"],
            exclude: ["Golden"]
        ),
        // Measures the ways from telemetry to answers; its small form runs with the tests so that it cannot rot.
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "Telemetry", "TelemetryCodecs", "DataSources", "Journeys", "Analysis", "Pipeline", "TerminalKit",
                "Dashboard",
            ],
            path: "Tests/Benchmarks",
            exclude: ["peers.py"]
        ),
        // Drives the program, which must be built before.
        // Drives the program, which is built with all tests.
        .testTarget(name: "EndToEnd", path: "Tests/EndToEnd", exclude: ["Drivers"]),
    ],
    cxxLanguageStandard: .cxx17
)

// One set of rules for every target of ours: a warning is an error.
for target in package.targets where target.type != .system {
    target.swiftSettings = (target.swiftSettings ?? []) + [.treatAllWarnings(as: .error)]
}
