// swift-tools-version:6.2
import PackageDescription

// MARK: Settings, written once

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
    // What one thread owns is owned by the architecture, and debug builds check it wherever they run;
    // a release build would ask again at each of the million accesses that a second of messages makes.
    .unsafeFlags(
        ["-enforce-exclusivity=unchecked", "-cross-module-optimization"],
        .when(configuration: .release)),
]

// MARK: Forms of target

/// A system library, or a header of ours that Swift cannot express: imported by exactly one target.
func system(_ name: String, pkgConfig: String, apt: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

func header(_ name: String) -> Target { .target(name: name) }

func library(_ name: String, uses: Target.Dependency...) -> Target {
    .target(name: name, dependencies: uses, swiftSettings: strict)
}

func daemon(_ name: String, runs services: Target.Dependency...) -> Target {
    .executableTarget(name: name, dependencies: services + ["Daemon"], swiftSettings: strict)
}

func tests(_ subject: String, uses: Target.Dependency...) -> Target {
    .testTarget(
        name: subject + "Tests",
        dependencies: [.init(stringLiteral: subject), "TestSupport"] + uses,
        swiftSettings: strict)
}

/// Tests of the whole: named by what they prove, not by one target.
func suite(_ name: String, uses: Target.Dependency...) -> Target {
    .testTarget(name: name, dependencies: ["TestSupport"] + uses, swiftSettings: strict)
}

// MARK: Products of other packages

extension Target.Dependency {
    static let nioCore = product(name: "NIOCore", package: "swift-nio")
    static let nioPosix = product(name: "NIOPosix", package: "swift-nio")
    static let nioEmbedded = product(name: "NIOEmbedded", package: "swift-nio")
    static let nioConcurrency = product(name: "NIOConcurrencyHelpers", package: "swift-nio")
    static let nioHTTP1 = product(name: "NIOHTTP1", package: "swift-nio")
    static let log = product(name: "Logging", package: "swift-log")
    static let metrics = product(name: "Metrics", package: "swift-metrics")
    static let lifecycle = product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let unixSignals = product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let arguments = product(name: "ArgumentParser", package: "swift-argument-parser")
    static let configuration = product(name: "Configuration", package: "swift-configuration")
    static let collections = product(name: "Collections", package: "swift-collections")
    static let hummingbird = product(name: "Hummingbird", package: "hummingbird")
    static let histogram = product(name: "Histogram", package: "hdrhistogram-swift")
}

// MARK: The house, from the ground up; dependencies point up the page only

let systemLibraries = [
    system("COpenSSL", pkgConfig: "openssl", apt: "libssl-dev"),
    system("CPostgres", pkgConfig: "libpq", apt: "libpq-dev"),
    system("CLZ4", pkgConfig: "liblz4", apt: "liblz4-dev"),
    system("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
    header("CChecksum"),
    header("CLinux"),
    header("CPrefetch"),
]

let pure = [
    library("Checksum", uses: "CChecksum"),
    library("Orders"),
    library("Wire", uses: "Orders", "Checksum", .nioCore),
    library("WireSchema"),
    library("CloudAccess"),
    library("SegmentLog", uses: "Checksum"),
    library("QueueState", uses: "CPrefetch", "Orders", "SegmentLog", .collections),
    library("TokenBucket", uses: "Orders"),
    library("Idempotency", uses: "Orders"),
    library("Saga", uses: "Orders"),
]

let effects = [
    library("FrameCompression", uses: "CLZ4", "Wire", .nioCore),
    library("DiskStorage", uses: "CLinux", "SegmentLog"),
    library("SimulatedMachine", uses: "SegmentLog", "Orders"),
    library("SecureTransport", uses: "COpenSSL", .nioCore, .nioPosix, .log),
    library("PostgresStore", uses: "CPostgres", "Orders", .log, .lifecycle),
    library("HTTPCalls", uses: "CCurl", .log),
    library("AWS", uses: "HTTPCalls", "SecureTransport", .log),
]

let clients = [
    library(
        "Sessions", uses: "Wire", "Orders", "FrameCompression", "SecureTransport", .nioCore,
        .nioPosix, .log),
    library("ServiceClients", uses: "Sessions", "Wire", "Orders", .nioCore, .log, .lifecycle),
    library(
        "OrderMeshClient", uses: "Sessions", "SecureTransport", "Wire", "Orders", .nioCore,
        .nioPosix, .log),
]

let runtime = [
    library(
        "Daemon", uses: "Orders", "SecureTransport", .hummingbird, .log, .metrics, .lifecycle,
        .unixSignals,
        .configuration, .arguments, .nioCore, .nioPosix),
    library(
        "Pipeline", uses: "Daemon", "ServiceClients", "PostgresStore", "Sessions",
        "SecureTransport", "Saga", "Orders",
        "Wire", .log, .metrics, .lifecycle, .nioCore),
]

let services = [
    library(
        "Broker", uses: "Daemon", "Sessions", "SecureTransport", "QueueState", "SegmentLog",
        "DiskStorage", "Wire", "Orders", .nioCore,
        .nioPosix, .log, .metrics, .lifecycle, .collections),
    library(
        "RateLimit", uses: "Daemon", "Sessions", "SecureTransport", "TokenBucket", "PostgresStore",
        "Wire", "Orders", .nioCore, .log,
        .metrics, .lifecycle),
    library(
        "Bridge", uses: "Daemon", "Sessions", "AWS", "HTTPCalls", "QueueState", "TokenBucket",
        "SecureTransport",
        "Wire", "Orders", .nioCore, .log, .metrics,
        .lifecycle),
    library(
        "LambdaRuntime", uses: "Pipeline", "Bridge", "AWS", "HTTPCalls", "Daemon", "Sessions",
        "Saga", "Wire", "Orders", .log, .lifecycle),
    .target(
        name: "Ingest",
        dependencies: [
            "Daemon", "Sessions", "ServiceClients", "PostgresStore", "SecureTransport",
            "Idempotency", "Saga", "Wire", "Orders", .hummingbird, .nioCore, .log, .metrics,
            .lifecycle,
        ],
        // The description of its HTTP is served by the program that it describes.
        resources: [.embedInCode("HTTP/openapi.json")], swiftSettings: strict),
    library(
        "Inventory", uses: "Pipeline", "Daemon", "PostgresStore", "Saga", "Orders", .log, .lifecycle
    ),
    library(
        "Payment", uses: "Pipeline", "Daemon", "PostgresStore", "HTTPCalls", "SecureTransport",
        "Saga", "Orders", .hummingbird, .nioCore, .log, .metrics, .lifecycle),
    .target(
        name: "Fulfillment",
        dependencies: [
            "SecureTransport", "DiskStorage", "Pipeline", "Daemon", "PostgresStore", "Saga",
            "ServiceClients", "Sessions", "Wire", "Orders", .nioCore, .log, .lifecycle,
        ],
        // A page that opens in a browser as it is.
        resources: [.embedInCode("Page/receipt.html")], swiftSettings: strict),
    library(
        "Notification", uses: "Pipeline", "Daemon", "PostgresStore", "HTTPCalls", "SecureTransport",
        "Saga", "Orders",
        "ServiceClients", "Sessions", .log, .metrics, .lifecycle, .collections),
    library(
        "Simulation", uses: "Broker", "Daemon", "SimulatedMachine", "Sessions", "FrameCompression",
        "SecureTransport", "QueueState", "SegmentLog", "RateLimit", "TokenBucket", "Wire", "Orders",
        .nioCore, .nioEmbedded, .log, .collections),
    .target(
        name: "Conformance",
        dependencies: [
            "Daemon", "Sessions", "SecureTransport", "FrameCompression", "Wire", "Checksum",
            "Orders", .nioCore, .nioPosix,
        ],
        // What the bridge cannot do is read from the page that says so.
        resources: [.embedInCode("Profiles/bridge.md"), .embedInCode("Report/report.html")],
        swiftSettings: strict),
    .target(
        name: "MeshCommands",
        dependencies: [
            "Conformance", "OrderMeshClient", "ServiceClients", "Sessions", "SecureTransport",
            "PostgresStore",
            "HTTPCalls", "Simulation", "SimulatedMachine", "FrameCompression", "DiskStorage",
            "QueueState", "SegmentLog", "Wire", "Checksum", "Orders", "Saga", "Daemon", "Bridge",
            "AWS", "CloudAccess", "Fulfillment", .arguments, .histogram, .nioCore, .nioPosix,
            .nioHTTP1, .log, .lifecycle, .unixSignals, .hummingbird,
        ],
        // The schema travels with the program that applies it, and so do the golden frames that it sends.
        resources: [.embedInCode("Database/init.sql")]
            + [
                "checksum", "flags", "version", "length-long", "length-short", "compression-cut",
                "compression-empty", "compression-long", "compression-offset", "compression-ratio",
                "compression-short", "error-fatal", "drain", "order-placed",
            ].map { .embedInCode("Conformance/Golden/Vectors/\($0).hex") },
        swiftSettings: strict),
]

let daemons = [
    daemon("ingestd", runs: "Ingest"),
    daemon("inventoryd", runs: "Inventory", "LambdaRuntime"),
    daemon("paymentd", runs: "Payment", "LambdaRuntime"),
    daemon("fulfillmentd", runs: "Fulfillment", "LambdaRuntime"),
    daemon("notificationd", runs: "Notification", "LambdaRuntime"),
    daemon("brokerd", runs: "Broker"),
    daemon("ratelimitd", runs: "RateLimit"),
    daemon("bridged", runs: "Bridge"),
    .executableTarget(
        name: "meshctl", dependencies: ["MeshCommands", "SecureTransport", .arguments],
        swiftSettings: strict),
    .executableTarget(name: "wire-generate", dependencies: ["WireSchema"], swiftSettings: strict),
]

let proofs = [
    library(
        "TestSupport", uses: "Orders", "Wire", "SegmentLog", "SecureTransport", "PostgresStore",
        "HTTPCalls", .nioCore,
        .nioPosix, .nioHTTP1, .log),
    library(
        "StageTestSupport", uses: "TestSupport", "Pipeline", "PostgresStore", "Saga", "Orders", .log
    ),
    tests("Checksum"), tests("Orders"), tests("Wire", uses: "Orders", .nioCore),
    tests("WireSchema"),
    tests("CloudAccess", uses: "WireSchema"),
    tests("SegmentLog", uses: "SimulatedMachine"),
    tests("QueueState", uses: "SimulatedMachine", "SegmentLog", "Orders"),
    tests("TokenBucket"),
    tests("Idempotency"), tests("Saga"),
    tests("FrameCompression", uses: "Wire", "Orders", .nioCore),
    tests("DiskStorage", uses: "SegmentLog"),
    tests("SecureTransport", uses: .nioCore, .nioPosix, .nioEmbedded),
    tests("PostgresStore", uses: "Orders", .log),
    tests("HTTPCalls", uses: .nioCore, .nioPosix, .nioHTTP1), tests("AWS"),
    tests(
        "Sessions", uses: "Wire", "SecureTransport", "FrameCompression", "SimulatedMachine",
        "Orders", .nioCore, .nioPosix, .nioEmbedded),
    tests(
        "ServiceClients", uses: "Sessions", "SecureTransport", "Wire", "Orders", .nioCore, .nioPosix
    ),
    tests(
        "OrderMeshClient", uses: "Sessions", "SecureTransport", "Wire", "Orders", .nioCore,
        .nioPosix),
    tests("Daemon", uses: .log, .metrics),
    tests("Pipeline", uses: "StageTestSupport", "PostgresStore", "Saga", "Orders", .log),
    tests(
        "Broker", uses: "SimulatedMachine", "QueueState", "SegmentLog", "DiskStorage",
        "ServiceClients", "Sessions",
        "SecureTransport", "Wire",
        "Orders", .nioCore, .nioPosix, .nioEmbedded, .log),
    tests(
        "RateLimit", uses: "TokenBucket", "PostgresStore", "Daemon", "Sessions", "ServiceClients",
        "SecureTransport", "Wire", "Orders", .nioCore, .nioPosix, .log, .lifecycle),
    tests(
        "Bridge", uses: "AWS", "CloudAccess", "HTTPCalls", "Daemon", "TokenBucket",
        "ServiceClients", "Sessions", "SecureTransport", "QueueState", "Wire", "Orders",
        .nioCore, .nioPosix, .log, .lifecycle),
    tests(
        "LambdaRuntime", uses: "Bridge", "AWS", "HTTPCalls", "Daemon", "StageTestSupport",
        "Pipeline", "PostgresStore", "QueueState", "Saga", "Wire", "Orders", .nioCore, .log),
    tests(
        "Ingest", uses: "Orders", "PostgresStore", "Idempotency", "RateLimit", "Daemon", "Sessions",
        "ServiceClients", "SecureTransport", "HTTPCalls", "Wire", "Saga", "SimulatedMachine",
        .hummingbird, .nioCore, .nioPosix, .log, .lifecycle),
    tests(
        "Inventory", uses: "StageTestSupport", "Pipeline", "PostgresStore", "Saga", "Orders", .log),
    tests(
        "Payment", uses: "StageTestSupport", "Pipeline", "PostgresStore", "HTTPCalls",
        "SecureTransport", "Daemon", "Saga", "Orders", .nioCore, .nioPosix, .log, .lifecycle),
    tests(
        "Fulfillment", uses: "StageTestSupport", "SecureTransport", "Pipeline", "PostgresStore",
        "ServiceClients", "Sessions", "Saga", "Orders", .nioPosix, .log),
    tests(
        "Notification", uses: "HTTPCalls", "SecureTransport", "StageTestSupport", "Pipeline",
        "PostgresStore", "Saga", "Orders",
        .log),
    tests(
        "Conformance", uses: "Wire", "Orders", "Checksum", "Sessions", "SecureTransport", .nioCore,
        .nioPosix),
    tests(
        "MeshCommands", uses: "OrderMeshClient", "PostgresStore", "Sessions", "SecureTransport",
        "Wire", "Orders", .arguments, .nioCore, .nioPosix),
    suite("ProtocolTests", uses: "Wire", "WireSchema", "FrameCompression", "Orders", .nioCore),
    suite(
        "SimulationTests", uses: "Simulation", "SimulatedMachine", "SegmentLog", "QueueState",
        "TokenBucket",
        "Orders"),
    suite(
        "IntegrationTests", uses: "OrderMeshClient", "ServiceClients", "Sessions",
        "SecureTransport", "PostgresStore",
        "HTTPCalls", "Wire", "Orders", .nioCore, .nioPosix, .log),
    suite(
        "OrderJourneyTests", uses: "StageTestSupport", "Inventory", "Payment", "Fulfillment",
        "Pipeline", "PostgresStore",
        "Saga", "Orders", .log),
    suite("TidyTests"),
]

let package = Package(
    name: "order-mesh",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "OrderMeshClient", targets: ["OrderMeshClient"]),
        .executable(name: "meshctl", targets: ["meshctl"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
        .package(
            url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-configuration.git", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(
            url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.0",
            traits: []),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift.git", from: "0.2.0"),
    ],
    targets: systemLibraries + pure + effects + clients + runtime + services + daemons + proofs
)
