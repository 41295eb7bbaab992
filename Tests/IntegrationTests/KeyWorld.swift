// SPDX-License-Identifier: MIT
import Foundation
import HTTPCalls
import NIOCore
import Orders
import SecureTransport
import ServiceClients
import Sessions
import TestSupport
import Wire

/// A built bridge, on the stand-in for AWS, that keeps keys and receipts, and built ingest daemons that have
/// their keys there; their broker, limiter and database are the mesh's own.
struct KeyWorld: Sendable {
    let database: Database
    let servers: MigrationWorld
    let broker: DaemonProcess
    private let connectionInfo: String
    private let limiter: DaemonProcess
    private let name = "k" + String(UInt32.random(in: 0x1000_0000 ... .max), radix: 16)
    private let caller: HTTPCaller

    /// What an order was answered.
    struct Answer: Sendable {
        let status: Int
        let isReplayed: Bool
        let retryAfter: String?
        let body: Document

        struct Document: Decodable, Sendable {
            var order: String?
            var code: String?
            var effect: String?
            var cause: String?
            var keyExpires: String?

            private enum CodingKeys: String, CodingKey {
                case code, effect, cause
                case order = "order_id"
                case keyExpires = "key_expires_at"
            }
        }
    }

    init() async throws {
        servers = try MigrationWorld()
        let postgres = try PrivatePostgres.make(connectionCount: 1)
        connectionInfo = postgres.connectionInfo
        database = Database(connectionInfo)
        broker = try await servers.broker()
        limiter = try await servers.start(
            "ratelimitd", ["MESH_POSTGRES_CONNINFO": connectionInfo])
        var configuration = HTTPCallerConfiguration()
        configuration.connectionCountMax = 128
        configuration.connectionCountPerHostMax = 64
        caller = HTTPCaller(configuration)
        try await database.run(
            "UPDATE plans SET rate_per_second = 100000, burst = 100000", [])
    }

    // MARK: - Daemons

    /// A bridge that keeps the keys of this world.
    ///
    /// - Parameter port: where an earlier one listened; any when left out.
    func bridge(port: Int = 0) async throws -> DaemonProcess {
        let stack = try MiniStack.shared.get()
        let bridge = try await servers.start(
            "bridged",
            [
                "AWS_ACCESS_KEY_ID": stack.accessKey, "AWS_SECRET_ACCESS_KEY": stack.secretKey,
                "MESH_AWS_REGION": stack.region, "MESH_AWS_ENDPOINT": stack.endpoint,
                "MESH_AWS_TABLE": name, "MESH_AWS_QUEUE_PREFIX": name + "-",
                "MESH_AWS_BUCKET": name + "-receipts", "MESH_AWS_PROVISION": "true",
                "MESH_LISTEN_PORT": "\(port)",
            ])
        try await ready(bridge)
        return bridge
    }

    /// - Parameter bridge: where its keys are; with its orders when left out.
    func ingest(
        keysWith bridge: DaemonProcess?, _ further: [String: String] = [:]
    ) async throws -> DaemonProcess {
        _ = try servers.certificates.files(.service("ingestd"))
        var environment = [
            "MESH_LISTEN_PORT": "0", "MESH_ADMIN_PORT": "0", "MESH_HTTP_PORT": "0",
            "MESH_HTTP_ANONYMOUS": "true", "MESH_TLS_DIR": servers.certificates.directory,
            "MESH_POSTGRES_CONNINFO": connectionInfo,
            "MESH_BROKER_PORT": "\(broker.port("mesh"))",
            "MESH_LIMITER_PORT": "\(limiter.port("mesh"))",
        ]
        if let bridge {
            environment["MESH_KEYS_HOST"] = "127.0.0.1"
            environment["MESH_KEYS_PORT"] = "\(bridge.port("mesh"))"
        }
        let ingest = try await DaemonProcess.start(
            "ingestd", environment: environment.merging(further) { $1 },
            listeners: ["mesh", "admin", "http"])
        try await ready(ingest)
        return ingest
    }

    /// Waits until a daemon can do its work.
    private func ready(_ daemon: DaemonProcess) async throws {
        let request = HTTPRequest(
            method: "GET", url: "http://127.0.0.1:\(daemon.port("admin"))/readyz")
        while try await caller.perform(request).status != 200 {}
    }

    // MARK: - Orders and keys

    func place(
        _ key: String, quantity: Int = 1, at ingest: DaemonProcess
    ) async throws -> Answer {
        let item = #"{"product_id": "PROD-001", "quantity": \#(quantity), "price": 1}"#
        let body = #"{"customer_id": "c", "idempotency_key": "\#(key)", "items": [\#(item)]}"#
        let response = try await caller.perform(
            HTTPRequest(
                method: "POST", url: "http://127.0.0.1:\(ingest.port("http"))/orders",
                headers: [("Content-Type", "application/json")], body: Array(body.utf8)))
        return Answer(
            status: response.status,
            isReplayed: response.header("Idempotency-Replayed") == "true",
            retryAfter: response.header("Retry-After"),
            body: try JSONDecoder().decode(Answer.Document.self, from: Data(response.body)))
    }

    /// All keys that the bridge keeps.
    func keys(of bridge: DaemonProcess) async throws -> [NamedKey] {
        try await servers.withConnection(to: bridge) { connection in
            let client = KeyClient(connection)
            var page = try await client.list()
            var keys = page.keys
            while !page.next.isEmpty {
                page = try await client.list(after: page.next)
                keys += page.keys
            }
            return keys
        }
    }

    /// `meshctl cloud migrate` with this world's database, begun.
    func migrate(
        from source: DaemonProcess, to target: DaemonProcess, journal: String,
        _ further: [String] = []
    ) throws -> ToolProcess {
        try servers.migrate(
            from: source, to: target, journal: journal,
            ["--postgres", connectionInfo] + further)
    }

    // MARK: - A moment that is held

    /// Has every transaction that stores orders wait before it does, until `letOrdersIn`.
    func holdOrdersUp() async throws {
        try await database.run(
            """
            CREATE OR REPLACE FUNCTION test_hold() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN PERFORM pg_advisory_xact_lock_shared(77); RETURN NULL; END $$
            """, [])
        try await database.run(
            """
            CREATE TRIGGER test_hold BEFORE INSERT ON orders
                FOR EACH STATEMENT EXECUTE FUNCTION test_hold()
            """, [])
        try await database.run("SELECT pg_advisory_lock(77)", [])
    }

    /// Waits until so many are held up.
    func awaitHeldUp(_ count: Int = 1) async throws {
        try await database.wait(for: "SELECT count(*) = \(count) \(Self.held)")
    }

    func letOrdersIn() async throws {
        try await database.run("SELECT pg_advisory_unlock(77)", [])
        try await database.wait(for: "SELECT count(*) = 0 \(Self.held)")
    }

    private static let held = """
        FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database =
            (SELECT oid FROM pg_database WHERE datname = current_database())
        """
}
