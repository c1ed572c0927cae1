// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// The linker of the toolchain: the system's says of Foundation, linked in, what nobody here can mend.
let linkerSettings: [LinkerSetting] = [
    .unsafeFlags(["-use-ld=lld"], .when(platforms: [.linux]))
]

let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let argumentParser: Target.Dependency = .product(
    name: "ArgumentParser", package: "swift-argument-parser")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

let package = Package(
    name: "faultlog",
    // For those who build an application with FaultlogClient there; the server is for Linux.
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "FaultlogClient", targets: ["FaultlogClient"]),
        .executable(name: "logserver", targets: ["logserver"]),
        .executable(name: "logctl", targets: ["logctl"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(
            url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CLZ4"),
        .systemLibrary(name: "CXXHash"),
        .systemLibrary(name: "CZlib"),
        .systemLibrary(name: "CBrotli"),
        .systemLibrary(name: "CZstd"),
        .systemLibrary(name: "CSQLite"),
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "CByteClasses"),
        .target(
            name: "EventLog", dependencies: ["CLZ4", "CXXHash"], swiftSettings: swiftSettings),
        .target(
            name: "ErrorModel",
            dependencies: ["CByteClasses", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: swiftSettings),
        .target(
            name: "SourceMaps", dependencies: ["ErrorModel"], swiftSettings: swiftSettings),
        .target(name: "BuildEnvironment", swiftSettings: swiftSettings),
        .target(
            name: "FaultlogClient", dependencies: ["BuildEnvironment", logging],
            swiftSettings: swiftSettings),
        .target(
            name: "ContentCoding", dependencies: ["CZlib", "CBrotli", "CZstd"],
            swiftSettings: swiftSettings),
        .target(
            name: "Archives", dependencies: ["ContentCoding"], swiftSettings: swiftSettings),
        .target(
            name: "Projections",
            dependencies: [
                "CSQLite", "EventLog", "ErrorModel", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: swiftSettings),
        .target(
            name: "LogServer",
            dependencies: [
                "EventLog", "ErrorModel", "SourceMaps", "ContentCoding", "Archives",
                "Projections",
                nio, nioPosix, nioHTTP1, logging,
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "logserver",
            dependencies: [
                "CMalloc", "LogServer", "EventLog", "ErrorModel", "Projections", argumentParser,
                logging,
            ],
            path: "Sources/logserver-main",
            swiftSettings: swiftSettings, linkerSettings: linkerSettings),
        .executableTarget(
            name: "logctl",
            dependencies: [
                "EventLog", "ErrorModel", "SourceMaps", "BuildEnvironment", argumentParser, nio,
                nioPosix,
                nioHTTP1, .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: swiftSettings, linkerSettings: linkerSettings),
        .executableTarget(
            name: "faultlog-bench", dependencies: ["EventLog", "ErrorModel", "Projections"],
            path: "Benchmarks/Engine", swiftSettings: swiftSettings,
            linkerSettings: linkerSettings),
        .executableTarget(
            name: "faultlog-sourcemaps-bench", dependencies: ["SourceMaps"],
            path: "Benchmarks/SourceMaps", exclude: ["node.js"],
            swiftSettings: swiftSettings, linkerSettings: linkerSettings),
        .target(
            name: "EventLogTestSupport", dependencies: ["EventLog"],
            path: "Tests/EventLogTestSupport", swiftSettings: swiftSettings),
        .executableTarget(
            name: "faultlog-torture", dependencies: ["EventLog", "EventLogTestSupport"],
            path: "Tests/Torture", exclude: ["mutations.py", "run.sh"], swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "EventLogTests", dependencies: ["EventLog", "EventLogTestSupport"],
            resources: [.copy("Golden")], swiftSettings: swiftSettings),
        .testTarget(
            name: "ErrorModelTests", dependencies: ["ErrorModel", "ContentCoding"],
            exclude: ["Fixtures"], swiftSettings: swiftSettings),
        .testTarget(
            name: "ArchivesTests", dependencies: ["Archives", "ContentCoding"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "SourceMapsTests", dependencies: ["SourceMaps", "ErrorModel"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "ProjectionsTests",
            dependencies: ["Projections", "EventLogTestSupport"], swiftSettings: swiftSettings),
        .testTarget(
            name: "LogServerTests",
            dependencies: [
                "LogServer", "EventLogTestSupport", "FaultlogClient", "FaultlogClientTestSupport",
                nio, logging,
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: swiftSettings),
        .target(
            name: "FaultlogClientTestSupport", dependencies: ["FaultlogClient"],
            path: "Tests/FaultlogClientTestSupport", swiftSettings: swiftSettings),
        .testTarget(
            name: "FaultlogClientTests",
            dependencies: [
                "FaultlogClient", "FaultlogClientTestSupport", "BuildEnvironment", "ErrorModel",
                logging,
            ],
            swiftSettings: swiftSettings),
    ]
)
