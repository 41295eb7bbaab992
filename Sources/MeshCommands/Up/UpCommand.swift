// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// `meshctl up`: the whole mesh on one machine, eight processes and a PostgreSQL of its own.
struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Run the whole mesh on this machine until interrupted.",
        discussion: """
            Certificates and a private PostgreSQL are made at the first start, in the run directory; \
            the broker's log, receipts and the daemons' own logs lie there too. A daemon that dies is \
            started again. Ctrl-C stops everything in order, without losing anything.
            """)

    @Option(help: "Directory of everything that this mesh keeps (MESH_RUN_DIR).")
    var runDir: String = ProcessInfo.processInfo.environment["MESH_RUN_DIR"] ?? ".mesh"

    @Option(help: "A PostgreSQL to use (libpq connection string), instead of a private one.")
    var postgres: String?

    @Option(name: .customLong("tenant"), help: "A tenant to make a certificate for; repeatable.")
    var tenants: [String] = ["default", "acme", "globex"]

    @Flag(help: "Take any free ports instead of 9000, 9100 to 9103 and 9200 to 9207.")
    var anyPorts = false

    @Flag(
        help: ArgumentHelp(
            "Let bridged stand in the place of brokerd and ratelimitd.",
            discussion: "Where its AWS is, and the keys, is in the environment, as for bridged: "
                + "MESH_AWS_REGION, MESH_AWS_BUCKET, AWS_ACCESS_KEY_ID and so on."))
    var bridge = false

    @Flag(help: "Stop when standard input is closed: for programs that start a mesh.")
    var withParent = false

    func run() async throws {
        var logger = Logger(label: "meshctl")
        logger.logLevel = .notice
        try requireCloud()
        let layout = try MeshLayout(runDirectory: runDir)
        let lock = try RunDirectoryLock(layout)
        defer { withExtendedLifetime(lock) {} }
        let ports = try anyPorts ? MeshPorts.free() : MeshPorts.standard
        try ports.check()
        let database = try MeshDatabase.start(given: postgres, in: layout)
        defer { database.stop() }
        try await database.migrate(logger: logger)
        try CertificateMaker(directory: layout.certificates).make(tenants: tenants)
        let map = layout.map(ports: ports, postgres: database.connectionInfo, isBridged: bridge)
        let supervisor = MeshSupervisor(
            layout: layout, map: map, daemons: MeshDaemon.all(isBridged: bridge))
        var services: [any Service] = [supervisor]
        if withParent { services.append(ParentWatch()) }
        var configuration = ServiceGroupConfiguration(
            services: services.map {
                .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup)
            },
            gracefulShutdownSignals: [.sigterm, .sigint, .sighup], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(60)
        try await ServiceGroup(configuration: configuration).run()
    }

    /// Without them the bridge would run, and refuse everything.
    private func requireCloud() throws {
        guard bridge else { return }
        let environment = ProcessInfo.processInfo.environment
        for name in ["MESH_AWS_REGION", "MESH_AWS_BUCKET"] where environment[name] == nil {
            throw CommandError("--bridge needs \(name) in the environment")
        }
    }
}
