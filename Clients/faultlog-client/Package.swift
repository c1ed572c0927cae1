// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

// The library alone: whoever depends on this folder fetches swift-log and nothing of the server.
// What is in Sources are links to what the whole repository builds and tests.
let package = Package(
    name: "faultlog-client",
    platforms: [.macOS(.v15)],
    products: [.library(name: "FaultlogClient", targets: ["FaultlogClient"])],
    dependencies: [
        // The first whose records carry an error of their own and that is tested here.
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2")
    ],
    targets: [
        .target(name: "BuildEnvironment", swiftSettings: swiftSettings),
        .target(
            name: "FaultlogClient",
            dependencies: ["BuildEnvironment", .product(name: "Logging", package: "swift-log")],
            swiftSettings: swiftSettings),
    ]
)
