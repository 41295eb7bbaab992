// SPDX-License-Identifier: MIT
import Foundation
import NIOPosix
import Orders
import PostgresStore
import SecureTransport
import ServiceClients
import Sessions
import TestSupport
import Testing
import Wire

/// The built limiter while its PostgreSQL is stopped, silent, or not there yet.
@Suite(.serialized) struct DatabaseAwayTests {
    private let certificates: TestCertificates
    private let directory = "/tmp/mesh-away-\(UInt32.random(in: 0 ... .max))"

    init() throws {
        certificates = try TestCertificates()
        _ = try certificates.files(.service("ratelimitd"))
    }

    private func cluster() throws -> PrivateCluster {
        try PrivateCluster.start(in: directory, durability: .forgetful)
    }

    private func prepare(_ cluster: PrivateCluster) throws {
        try cluster.run(script: PrivatePostgres.schema())
        try cluster.run(
            script: """
                UPDATE plans SET rate_per_second = 10, burst = 1000 WHERE tenant = 'default';
                INSERT INTO plans (tenant, rate_per_second, burst, when_away)
                    VALUES ('lenient', 10, 1000, 'allow')
                """)
    }

    private func limiter(_ cluster: PrivateCluster) async throws -> DaemonProcess {
        try await DaemonProcess.start(
            "ratelimitd",
            environment: [
                "MESH_LISTEN_PORT": "0", "MESH_ADMIN_PORT": "0",
                "MESH_TLS_DIR": certificates.directory,
                "MESH_POSTGRES_CONNINFO": cluster.connectionInfo(),
            ])
    }

    private func run(
        on daemon: DaemonProcess, _ body: @Sendable (LimiterClient) async throws -> Void
    ) async throws {
        let connection = MeshConnection(
            to: MeshEndpoint(host: "127.0.0.1", port: daemon.port("mesh")),
            tls: try certificates.context(.client, .service("ingestd")), name: "test",
            group: MultiThreadedEventLoopGroup.singleton)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { do { try await connection.run() } catch is CancellationError {} }
            try await connection.connected(within: .seconds(30))
            defer { tasks.cancelAll() }
            try await body(LimiterClient(connection, deadline: .seconds(20)))
        }
    }

    /// The server's processes: the first is the one that starts the others.
    private func signal(_ signal: Int32) throws {
        let file = try String(contentsOfFile: directory + "/data/postmaster.pid", encoding: .utf8)
        let first = try #require(file.split(separator: "\n").first.flatMap { Int32($0) })
        kill(first, signal)
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc") {
            guard let process = Int32(name),
                let status = try? String(contentsOfFile: "/proc/\(name)/stat", encoding: .utf8),
                let fields = status.split(separator: ")").last?.split(separator: " "),
                fields.count > 1, Int32(fields[1]) == first
            else { continue }
            kill(process, signal)
        }
    }

    @Test func `a database that falls silent costs what no lease covers, and comes back`()
        async throws
    {
        let cluster = try cluster()
        defer {
            cluster.stop()
            try? FileManager.default.removeItem(atPath: directory)
        }
        try prepare(cluster)
        let daemon = try await limiter(cluster)
        try await run(on: daemon) { client in
            let (strict, lenient) = (
                TenantID(unchecked: "strict"), TenantID(unchecked: "lenient")
            )
            #expect(try await client.take(20, of: strict).granted)
            #expect(try await client.take(20, of: lenient).granted)
            try signal(SIGSTOP)
            var granted = 0
            var last = try await client.take(20, of: strict)
            while last.granted {
                granted += 20
                last = try await client.take(20, of: strict)
            }
            #expect(granted > 0 && granted <= 260, "a lease is a quarter of the burst")
            #expect(last.scope == .unavailable)
            var allowed = 0
            while try await client.take(50, of: lenient).granted { allowed += 50 }
            #expect(allowed >= 900 && allowed <= 1_100, "the plan goes on to its burst")
            try signal(SIGCONT)
            repeat { last = try await client.take(20, of: strict) } while !last.granted
        }
        #expect(await daemon.end() == 0)
        let words = daemon.lastLines.joined()
        #expect(words.contains("leases cannot be written"))
        #expect(words.contains("leases are written again"))
    }

    @Test func `a limiter that starts before its database waits for it`() async throws {
        let first = try cluster()
        try prepare(first)
        first.stop()
        let limiter = try ToolProcess(
            "ratelimitd",
            [
                "listen.port=0", "admin.port=0", "tls.dir=\(certificates.directory)",
                "postgres.conninfo=\(first.connectionInfo())",
            ].flatMap { ["--set", $0] })
        try await limiter.waitForLine { $0.contains("the database is waited for") }
        let second = try cluster()
        defer {
            second.stop()
            try? FileManager.default.removeItem(atPath: directory)
        }
        try await limiter.waitForLine { $0.contains("the database answers") }
        try await limiter.waitForLine { $0.contains("\"listener\":\"admin\"") }
        limiter.signal(SIGTERM)
        #expect(await limiter.end() == 0)
    }
}
