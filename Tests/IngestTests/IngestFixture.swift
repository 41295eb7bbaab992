// SPDX-License-Identifier: MIT
import Daemon
import HTTPCalls
import Logging
import NIOPosix
import Orders
import PostgresStore
import RateLimit
import SecureTransport
import ServiceClients
import ServiceLifecycle
import Sessions
import TestSupport
import Wire

@testable import Ingest

/// A running ingestd on a real database and a real limiter, with a broker that can misbehave.
struct IngestFixture {
    let database: PrivatePostgres
    /// Where the limiter keeps its buckets: one that opens them ends another.
    private let buckets: PrivatePostgres
    let broker: BrokerDouble
    private let certificates: TestCertificates
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// What a test talks to.
    struct Door: Sendable {
        let http: String
        let httpPort: Int
        let mesh: MeshEndpoint
        let certificates: TestCertificates
        private let caller = HTTPCaller()

        init(http: Int, mesh: Int, certificates: TestCertificates) {
            self.http = "http://127.0.0.1:\(http)"
            httpPort = http
            self.mesh = MeshEndpoint(host: "127.0.0.1", port: mesh)
            self.certificates = certificates
        }

        func post(
            _ body: String, headers: [(name: String, value: String)] = [],
            type: String = "application/json"
        ) async throws -> HTTPResponse {
            try await caller.perform(
                HTTPRequest(
                    method: "POST", url: http + "/orders",
                    headers: [("Content-Type", type)] + headers, body: Array(body.utf8)))
        }

        func get(
            _ path: String, headers: [(name: String, value: String)] = []
        ) async throws -> HTTPResponse {
            try await caller.perform(HTTPRequest(url: http + path, headers: headers))
        }

        /// Runs `body` with a connection of its own.
        func connect<T: Sendable>(
            as identity: PeerIdentity,
            _ body: @Sendable @escaping (MeshConnection) async throws -> T
        ) async throws -> T {
            let connection = MeshConnection(
                to: mesh, tls: try certificates.context(.client, identity), name: "test",
                group: .singletonMultiThreadedEventLoopGroup)
            return try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    do { try await connection.run() } catch is CancellationError {}
                }
                let result = try await body(connection)
                group.cancelAll()
                return result
            }
        }
    }

    init() throws {
        broker = BrokerDouble()
        database = try PrivatePostgres.make(connectionCount: 2)
        buckets = database
        // Tests run at once, and each makes certificates of the same names.
        certificates = try TestCertificates()
        for name in ["ingestd", "ratelimitd"] { _ = try certificates.files(.service(name)) }
    }

    /// Another ingestd on the same database and broker, with a limiter of its own.
    init(sharing other: IngestFixture) throws {
        database = other.database
        buckets = try PrivatePostgres.make(connectionCount: 1)
        broker = other.broker
        certificates = try TestCertificates()
        for name in ["ingestd", "ratelimitd"] { _ = try certificates.files(.service(name)) }
    }

    /// Hands over what lies in the outbox, as a sweeper does at `now`.
    func sweep(at now: MeshInstant) async throws {
        try await withBroker { client in
            await OutboxSweeper(
                store: OrderStore(pool: database.pool), queue: InventoryQueue(client),
                gate: DepthGate(outboxCountMax: 9), clock: StandingClock(instant: now),
                outboxCountMax: 9, metrics: AdmissionMetrics(), readiness: Readiness(),
                logger: logger
            ).sweep()
        }
    }

    /// Compares the weights of plans with the broker's, once.
    func keepWeights() async throws -> Bool {
        try await withBroker { client in
            await WeightKeeper(
                store: OrderStore(pool: database.pool), broker: client, logger: logger
            ).keep()
        }
    }

    /// Runs `body` with the broker's double, as ingestd is connected to it.
    private func withBroker<T: Sendable>(
        _ body: @escaping @Sendable (BrokerClient) async throws -> T
    ) async throws -> T {
        let listener = try await broker.listen(certificates)
        let connection = MeshConnection(
            to: MeshEndpoint(host: "127.0.0.1", port: listener.port),
            tls: try certificates.context(.client, .service("ingestd")), name: "test",
            group: .singletonMultiThreadedEventLoopGroup)
        let result = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do { try await connection.run() } catch is CancellationError {}
            }
            try await connection.connected(within: .seconds(30))
            defer { group.cancelAll() }
            return try await body(BrokerClient(connection))
        }
        await listener.drain(grace: .zero)
        return result
    }

    private struct StandingClock: MeshClock {
        let instant: MeshInstant

        func now() -> MeshInstant { instant }
    }

    /// Runs `body` while everything runs.
    /// - Parameter burst: of every tenant without a plan of its own.
    func run<T: Sendable>(
        burst: Int64 = 100_000, settings extra: [String: String] = [:],
        _ body: @Sendable @escaping (Door) async throws -> T
    ) async throws -> T {
        for pool in [database.pool, buckets.pool] {
            try await pool.query(
                PostgresStatement(
                    "test.plan",
                    """
                    UPDATE plans SET rate_per_second = least($1, 1000000), burst = $1
                    WHERE tenant = 'default'
                    """),
                [.int64(burst)])
        }
        let listener = try await broker.listen(certificates)
        let limiter = try await limiter()
        let (ports, continuation) = AsyncStream.makeStream(of: (String, Int).self)
        let context = DaemonContext(embedding: "ingestd", logger: logger) {
            continuation.yield(($0, $1))
        }
        var flags = [
            "http.port": "0", "http.anonymous": "true", "listen.port": "0",
            "tls.dir": certificates.directory,
            "postgres.conninfo": database.connectionInfo, "broker.port": "\(listener.port)",
            "limiter.port": "\(limiter.port)",
        ]
        flags.merge(extra) { $1 }
        let ingest = try await IngestService(
            IngestSettings(
                from: SettingsReader(daemon: "ingestd", source: ConfigurationSource(flags: flags))),
            context)
        let group = ServiceGroup(services: limiter.services + ingest.services, logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var http = 0
            for await (name, port) in ports where name == "http" {
                http = port
                break
            }
            let door = Door(http: http, mesh: ingest.port, certificates: certificates)
            let result = try await body(door)
            await group.triggerGracefulShutdown()
            try await tasks.next()
            await listener.drain(grace: .zero)
            return result
        }
    }

    private func limiter() async throws -> LimiterService {
        let source = ConfigurationSource(flags: [
            "listen.port": "0", "tls.dir": certificates.directory, "tls.name": "ratelimitd",
            "postgres.conninfo": buckets.connectionInfo,
        ])
        return try await LimiterService(
            RateLimitSettings(from: SettingsReader(daemon: "ratelimitd", source: source)),
            DaemonContext(embedding: "ratelimitd", logger: logger))
    }

    /// Adds events to an order, each in a transaction of its own, as stages do.
    /// - Parameter first: the number of the first of them.
    func append(
        _ statuses: [String], to id: String, from first: Int64 = 2, detail: String = ""
    ) async throws {
        guard let order = OrderID(id) else { return }
        for (index, status) in statuses.enumerated() {
            try await database.pool.query(
                PostgresStatement(
                    "test.event",
                    """
                    INSERT INTO order_events
                        (order_id, created_at, number, stage, status, trace, detail)
                    VALUES ($1, $2, $3, 'test', $4, $1, $5)
                    """),
                [
                    .uuid(order.value), .timestamp(order.createdAt), .int64(first + Int64(index)),
                    .text(status), .text(detail),
                ])
        }
    }

    /// How many rows `table` has, where `condition` holds.
    func count(_ table: String, where condition: String = "true") async throws -> Int64 {
        let rows = try await database.pool.query(
            PostgresStatement(
                "count.\(table).\(abs(condition.hashValue))",
                "SELECT count(*) FROM \(table) WHERE \(condition)"))
        guard let row = rows.first else { return -1 }
        return try row[0]
    }
}

extension PlaceOrder {
    /// An order of one item.
    static func sample(
        key: String, tenant: String = "acme", quantity: UInt32 = 2
    ) -> PlaceOrder {
        PlaceOrder(
            tenant: tenant, customer: "cust-1", idempotencyKey: key, currency: "USD",
            items: [Item(product: "PROD-001", quantity: quantity, unitPriceMinor: 1000)])
    }
}
