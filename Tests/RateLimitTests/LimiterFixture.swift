// SPDX-License-Identifier: MIT
import Daemon
import Logging
import NIOPosix
import Orders
import RateLimit
import SecureTransport
import ServiceClients
import ServiceLifecycle
import Sessions
import TestSupport

/// A limiter on a database, and a client of it.
struct LimiterFixture {
    enum End {
        case inOrder
        /// Nothing of the limiter's end runs: what kill -9 leaves.
        case crash
    }

    let service: LimiterService
    private let certificates: TestCertificates
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init(on database: PrivatePostgres) async throws {
        try await self.init(connectionInfo: database.connectionInfo)
    }

    init(connectionInfo: String) async throws {
        // Tests run at once, and each makes certificates of the same names.
        certificates = try TestCertificates()
        _ = try certificates.files(.service("ratelimitd"))
        let source = ConfigurationSource(flags: [
            "listen.port": "0", "tls.dir": certificates.directory,
            "postgres.conninfo": connectionInfo, "tls.name": "ratelimitd",
        ])
        let settings = try RateLimitSettings(
            from: SettingsReader(daemon: "ratelimitd", source: source))
        service = try await LimiterService(
            settings, DaemonContext(embedding: "ratelimitd", logger: logger))
    }

    /// A peer that says HELLO and whatever else a test wants.
    func rawPeer(as identity: PeerIdentity = .service("ingestd")) async throws -> RawPeer {
        let peer = try await RawPeer.connect(
            port: service.port, tls: try certificates.context(.client, identity))
        try await peer.greet()
        return peer
    }

    /// Runs `body` with a further client that has a session of its own, while the limiter runs.
    func connect<T: Sendable>(
        as identity: PeerIdentity = .service("ingestd"),
        _ body: @Sendable @escaping (MeshConnection) async throws -> T
    ) async throws -> T {
        let connection = MeshConnection(
            to: MeshEndpoint(host: "127.0.0.1", port: service.port),
            tls: try certificates.context(.client, identity), name: "test",
            group: .singletonMultiThreadedEventLoopGroup)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                do { try await connection.run() } catch is CancellationError {}
            }
            defer { tasks.cancelAll() }
            return try await body(connection)
        }
    }

    /// Runs `body` with a client of `identity` while the limiter runs.
    func run<T: Sendable>(
        as identity: PeerIdentity = .service("ingestd"), end: End = .inOrder,
        _ body: @Sendable @escaping (LimiterClient) async throws -> T
    ) async throws -> T {
        let services = end == .inOrder ? service.services : service.services.dropLast()
        let group = ServiceGroup(services: services, logger: logger)
        let connection = MeshConnection(
            to: MeshEndpoint(host: "127.0.0.1", port: service.port),
            tls: try certificates.context(.client, identity), name: "test",
            group: .singletonMultiThreadedEventLoopGroup)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            tasks.addTask {
                do { try await connection.run() } catch is CancellationError {}
            }
            let result = try await body(LimiterClient(connection))
            await group.triggerGracefulShutdown()
            try await tasks.next()
            tasks.cancelAll()
            return result
        }
    }
}
