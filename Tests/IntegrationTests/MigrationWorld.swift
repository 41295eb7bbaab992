// SPDX-License-Identifier: MIT
import Foundation
import NIOCore
import NIOPosix
import Orders
import SecureTransport
import ServiceClients
import Sessions
import TestSupport
import Wire

/// Built brokers, limiters and bridges under one authority, to move messages between.
struct MigrationWorld: Sendable {
    let certificates: TestCertificates
    let directory: URL

    init() throws {
        certificates = try TestCertificates()
        _ = try certificates.files(.operator("alice"))
        directory = URL(filePath: certificates.directory)
    }

    /// A message as it lies somewhere, whatever server says so.
    struct Kept: Hashable, Sendable {
        let id: UniqueID
        let body: String
        let group: UniqueID
        let tenant: String
        let priority: Priority
        let notBefore: UInt64

        init(_ message: Envelope) {
            id = message.id
            body = String(buffer: message.body)
            group = message.group
            tenant = message.tenant
            priority = message.priority
            notBefore = message.notBeforeMilliseconds
        }
    }

    /// A dead letter, without its times.
    struct Buried: Hashable, Sendable {
        let message: Kept
        let reason: String
        let errors: [String]

        init(_ letter: DeadLetter) {
            message = Kept(letter.message)
            reason = letter.reason
            errors = letter.attempts.map(\.error)
        }
    }

    // MARK: - Servers

    func broker() async throws -> DaemonProcess {
        try await start(
            "brokerd",
            [
                "MESH_DATA_DIR": directory.appending(path: UUID().uuidString).path,
                "MESH_LOG_SEGMENT_BYTES": "1048576", "MESH_QUEUES": "inventory,payment",
                "MESH_QUEUE_BACKOFF_BASE": "1ms", "MESH_QUEUE_BACKOFF_MAX": "1ms",
            ])
    }

    /// A bridge with a table and queues of its own.
    func bridge() async throws -> DaemonProcess {
        let stack = try MiniStack.shared.get()
        let name = String(UInt32.random(in: 0x1000_0000 ... .max), radix: 16)
        let bridge = try await start(
            "bridged",
            [
                "AWS_ACCESS_KEY_ID": stack.accessKey, "AWS_SECRET_ACCESS_KEY": stack.secretKey,
                "MESH_AWS_REGION": stack.region, "MESH_AWS_ENDPOINT": stack.endpoint,
                "MESH_AWS_TABLE": "migrate-\(name)", "MESH_AWS_QUEUE_PREFIX": "m\(name)-",
                "MESH_AWS_PROVISION": "true", "MESH_AWS_RECEIVE_WAIT": "1s",
            ])
        // It makes its table and queues after it listens.
        try await withClient(of: bridge) { client in
            while true {
                do throws(CallError) {
                    if try await client.stats().queues.count == 5 { return }
                } catch {
                    guard error.code == .unavailable || error.code == .unknownQueue else {
                        throw error
                    }
                }
            }
        }
        return bridge
    }

    func start(_ daemon: String, _ environment: [String: String]) async throws -> DaemonProcess {
        _ = try certificates.files(.service(daemon))
        let own = [
            "MESH_LISTEN_PORT": "0", "MESH_ADMIN_PORT": "0",
            "MESH_TLS_DIR": certificates.directory,
        ]
        return try await DaemonProcess.start(
            daemon, environment: own.merging(environment) { $1 })
    }

    // MARK: - The command

    /// `meshctl cloud migrate`, begun.
    func migrate(
        from source: DaemonProcess, to target: DaemonProcess, journal: String,
        _ further: [String] = []
    ) throws -> ToolProcess {
        try ToolProcess(
            "meshctl",
            [
                "cloud", "migrate", "--from", "127.0.0.1:\(source.port("mesh"))", "--to",
                "127.0.0.1:\(target.port("mesh"))", "--from-service", source.name,
                "--to-service", target.name, "--certificates", certificates.directory,
                "--identity", "alice", "--journal", path(journal), "--queue", "inventory",
                "--queue", "payment",
            ] + further)
    }

    func path(_ journal: String) -> String { directory.appending(path: journal).path }

    /// How many lines of a kind a journal has so far.
    func lineCount(_ kind: String, in journal: String) -> Int {
        guard let text = try? String(contentsOfFile: path(journal), encoding: .utf8) else {
            return 0
        }
        return text.split(separator: "\n").count { $0.contains("{\"\(kind)\":") }
    }

    // MARK: - What lies where

    func withClient<Value: Sendable>(
        of daemon: DaemonProcess,
        _ body: @escaping @Sendable (BrokerClient) async throws -> Value
    ) async throws -> Value {
        try await withConnection(to: daemon) { try await body(BrokerClient($0)) }
    }

    func withConnection<Value: Sendable>(
        to daemon: DaemonProcess,
        _ body: @escaping @Sendable (MeshConnection) async throws -> Value
    ) async throws -> Value {
        let connection = MeshConnection(
            to: MeshEndpoint(host: "127.0.0.1", port: daemon.port("mesh")),
            tls: try certificates.context(.client, .operator("alice")),
            expecting: .service(daemon.name), name: "test",
            group: .singletonMultiThreadedEventLoopGroup)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await connection.run() }
            defer { group.cancelAll() }
            try await connection.connected(within: .seconds(10))
            return try await body(connection)
        }
    }

    /// All that is delivered of a queue that holds `count`, and its dead letters.
    func contents(
        of queue: String, at daemon: DaemonProcess, count: Int
    ) async throws -> (live: [Kept], dead: Set<Buried>) {
        try await withClient(of: daemon) { client in
            let dead = Set(try await client.deadLetters(of: queue, limit: 1_000).map(Buried.init))
            var live: [Kept] = []
            let subscription = try await client.consume(queue, credit: 1_000)
            for try await batch in subscription {
                live += batch.deliveries.map { Kept($0.message) }
                // One of a group at a time: what was seen makes room for the next.
                _ = try await client.settle(
                    batch.deliveries.map {
                        Settlement(
                            sequence: $0.sequence, token: $0.token, verdict: .ack,
                            retryAfterMilliseconds: 0, reason: "", outputs: [])
                    }, in: queue)
                if live.count >= count { break }
            }
            try await client.stop(subscription)
            return (live, dead)
        }
    }
}
