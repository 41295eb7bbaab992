// SPDX-License-Identifier: MIT
import NIOCore
import NIOPosix
import Orders
import PostgresStore
import SecureTransport
import Sessions
import TestSupport
import Testing
import Wire

/// What comes from outside and is not as it should be, against each built daemon with a mesh port: a
/// typed refusal each, the daemon unharmed, nothing lost.
@Suite(.serialized, .timeLimit(.minutes(5))) struct BadInputTests {
    private let certificates: TestCertificates

    init() throws { certificates = try TestCertificates() }

    @Test func `whatever comes, the broker refuses it by name and serves the next`() async throws {
        let broker = try await start(
            "brokerd",
            [
                "MESH_DATA_DIR": certificates.directory + "/data",
                "MESH_LOG_SEGMENT_BYTES": "1048576", "MESH_QUEUES": "payment",
            ])
        let attacks = Attack.all(own: .publish, foreign: .placeOrder)
        try await withstand(attacks, broker) { connection in
            _ = try await connection.call(
                Publish(queue: "payment", message: Self.message), answer: Published.self,
                deadline: .seconds(20))
        } probe: { connection in
            let statistics = try await connection.call(
                QueueStats(queue: "payment"), answer: QueueStatsOK.self, deadline: .seconds(20))
            return "\(statistics.queues.map(\.ready))"
        }
    }

    @Test func `whatever comes, the limiter refuses it by name and serves the next`() async throws {
        let database = try PrivatePostgres.make()
        defer { database.pool.close() }
        let limiter = try await start(
            "ratelimitd", ["MESH_POSTGRES_CONNINFO": database.connectionInfo])
        let attacks = Attack.all(own: .take, foreign: .publish)
        try await withstand(attacks, limiter) { _ in
        } probe: { connection in
            // Nothing was taken by what was no take.
            let take = Take(takes: [TokenRequest(tenant: "acme", cost: 0, key: .zero, hold: false)])
            let taken = try await connection.call(
                take, answer: Taken.self, deadline: .seconds(20))
            return "\(taken.decisions.map(\.remaining))"
        }
    }

    @Test func `whatever comes, ingestd refuses it by name and serves the next`() async throws {
        let database = try PrivatePostgres.make()
        defer { database.pool.close() }
        let ingest = try await start(
            "ingestd",
            [
                "MESH_POSTGRES_CONNINFO": database.connectionInfo, "MESH_HTTP_PORT": "0",
                "MESH_HTTP_ANONYMOUS": "true",
                "MESH_BROKER_PORT": "1", "MESH_LIMITER_PORT": "1",
            ])
        let attacks = Attack.all(own: .placeOrder, foreign: .publish) + Attack.orders
        try await withstand(attacks, ingest) { _ in
        } probe: { connection in
            let request = GetOrder(tenant: "default", order: UniqueID(high: 1, low: 2))
            let error = await #expect(throws: CallError.self) {
                try await connection.call(
                    request, answer: OrderRecord.self, deadline: .seconds(20))
            }
            return "\(String(describing: error?.code))"
        }
        let stored = try await database.pool.query(.init("test.orders", "SELECT 1 FROM orders"))
        #expect(stored.isEmpty)
    }

    // MARK: - One daemon

    private func start(
        _ daemon: String, _ environment: [String: String]
    ) async throws -> DaemonProcess {
        _ = try certificates.files(.service(daemon))
        let own = [
            "MESH_LISTEN_PORT": "0", "MESH_ADMIN_PORT": "0", "MESH_TLS_DIR": certificates.directory,
        ]
        return try await DaemonProcess.start(
            daemon, environment: own.merging(environment) { $1 })
    }

    /// Attacks one after the other; after each, `probe` says the same as before all of them.
    private func withstand(
        _ attacks: [Attack], _ daemon: DaemonProcess,
        prepare: @Sendable (MeshConnection) async throws -> Void,
        probe: @Sendable (MeshConnection) async throws -> String
    ) async throws {
        try await withConnection(to: daemon) { connection in
            try await prepare(connection)
            let before = try await probe(connection)
            for attack in attacks {
                let refusal = try await refusal(of: attack, by: daemon)
                #expect(refusal == attack.refusal, "\(attack.name)")
                let after = try await probe(connection)
                #expect(after == before, "\(attack.name)")
            }
            try await refuseStrangers(by: daemon)
            #expect(try await probe(connection) == before)
        }
        #expect(daemon.isRunning)
        #expect(await daemon.end() == 0)
    }

    private func refusal(
        of attack: Attack, by daemon: DaemonProcess
    ) async throws -> WireErrorCode? {
        let tls = try certificates.context(.client, .operator("mallory"))
        let peer = try await RawPeer.connect(port: daemon.port("mesh"), tls: tls)
        if attack.isGreeted { try await peer.greet() }
        peer.send(attack.bytes)
        let code = try await peer.nextRefusal()
        if code?.isFatal == true { try await peer.ended() }
        await peer.close()
        return code
    }

    /// Those who do not even get to say something: the connection ends.
    private func refuseStrangers(by daemon: DaemonProcess) async throws {
        let plain = try await RawPeer.connect(port: daemon.port("mesh"), tls: nil)
        plain.send(ByteBuffer(string: "GET / HTTP/1.1\r\n\r\n"))
        try await plain.ended()
        let stranger = try TestCertificates()
        let own = try stranger.files(.operator("mallory"))
        let files = TLSFiles(
            certificate: own.certificate, privateKey: own.privateKey,
            trustRoots: certificates.directory + "/ca.pem")
        let tls = try TLSContext(role: .client, files: files)
        let peer = try await RawPeer.connect(port: daemon.port("mesh"), tls: tls)
        await #expect(throws: (any Error).self) { try await peer.greet() }
        try await peer.ended()
    }

    // MARK: - The good client

    private func withConnection(
        to daemon: DaemonProcess, _ body: @Sendable (MeshConnection) async throws -> Void
    ) async throws {
        let connection = MeshConnection(
            to: MeshEndpoint(host: "127.0.0.1", port: daemon.port("mesh")),
            tls: try certificates.context(.client, .operator("alice")),
            expecting: .service(daemon.name), name: "good",
            group: MultiThreadedEventLoopGroup.singleton)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await connection.run() }
            defer { tasks.cancelAll() }
            try await connection.connected(within: .seconds(20))
            try await body(connection)
        }
    }

    private static let message = Envelope(
        id: UniqueID(high: 1, low: 2), trace: UniqueID(high: 3, low: 4), group: .zero,
        tenant: "acme", priority: .normal, notBeforeMilliseconds: 0, body: ByteBuffer(string: "x"))
}
