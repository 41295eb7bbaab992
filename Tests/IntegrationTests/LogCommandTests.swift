// SPDX-License-Identifier: MIT
import Foundation
import NIOCore
import NIOPosix
import Orders
import SecureTransport
import ServiceClients
import Sessions
import TestSupport
import Testing
import Wire

/// `meshctl log` on the log of a real `brokerd`: a copy made while it runs is a log of its own.
@Suite(.serialized, .timeLimit(.minutes(2))) struct LogCommandTests {
    private let certificates: TestCertificates

    init() throws {
        certificates = try TestCertificates()
        _ = try certificates.files(.service("brokerd"))
    }

    @Test func `a copy made under load holds all that was confirmed before it began`() async throws
    {
        let data = certificates.directory + "/data"
        let copy = certificates.directory + "/copy"
        let broker = try await start(data)
        try await withClient(of: broker) { client in
            for id in UInt64(1)...200 { try await publish(id, client) }
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await publishUntilCancelled(client) }
                let (status, lines) = try await run("backup", data, "--to", copy)
                #expect(status == 0, "\(lines)")
                tasks.cancelAll()
            }
        }
        #expect(await broker.end() == 0)
        let restored = try await start(copy)
        let ready = try await withClient(of: restored) { client in
            try await client.stats(of: "payment").queues.first?.ready ?? 0
        }
        #expect(ready >= 200)
        #expect(await restored.end() == 0)
    }

    @Test func `damage is found by verify, shown by repair, and mended only when told`()
        async throws
    {
        let data = certificates.directory + "/data"
        let broker = try await start(data)
        try await withClient(of: broker) { client in
            for id in UInt64(1)...20 { try await publish(id, client) }
        }
        #expect(await broker.end() == 0)
        let (whole, _) = try await run("verify", data)
        #expect(whole == 0)
        let (dumped, lines) = try await run("dump", data)
        #expect(dumped == 0 && lines.filter { $0.contains(#""name":"publish""#) }.count == 20)
        try flipByte(10_000, in: data + "/0000000001.segment")
        let (status, words) = try await run("verify", data)
        #expect(status == 1)
        #expect(words.contains { $0.contains("0000000001.segment at offset") })
        let (shown, plan) = try await run("repair", data)
        #expect(shown == 1 && plan.contains { $0.contains("Lost:") })
        #expect(try await run("verify", data).status == 1)
        #expect(try await run("repair", data, "--yes").status == 0)
        #expect(try await run("verify", data).status == 0)
        let again = try await start(data)
        #expect(await again.end() == 0)
    }

    @Test func `a log in use is not repaired, and one that is not there not made`() async throws {
        let data = certificates.directory + "/data"
        let broker = try await start(data)
        let (status, words) = try await run("repair", data)
        #expect(status != 0 && words.contains { $0.contains("in use") })
        #expect(await broker.end() == 0)
        #expect(try await run("verify", data + "-none").status != 0)
        #expect(!FileManager.default.fileExists(atPath: data + "-none"))
    }

    // MARK: - Programs

    private func start(_ directory: String) async throws -> DaemonProcess {
        try await DaemonProcess.start(
            "brokerd",
            environment: [
                "MESH_LISTEN_PORT": "0", "MESH_ADMIN_PORT": "0",
                "MESH_TLS_DIR": certificates.directory, "MESH_DATA_DIR": directory,
                "MESH_LOG_SEGMENT_BYTES": "1048576", "MESH_LOG_SNAPSHOT_SEGMENTS": "2",
                "MESH_QUEUES": "payment",
            ])
    }

    private func run(
        _ arguments: String...
    ) async throws -> (status: Int32, lines: [String]) {
        let tool = try ToolProcess("meshctl", ["log"] + arguments)
        let status = await tool.end()
        return (status, tool.lines)
    }

    private func withClient<T: Sendable>(
        of broker: DaemonProcess, _ body: @Sendable (BrokerClient) async throws -> T
    ) async throws -> T {
        let connection = MeshConnection(
            to: MeshEndpoint(host: "127.0.0.1", port: broker.port("mesh")),
            tls: try certificates.context(.client, .operator("alice")),
            expecting: .service("brokerd"), name: "test",
            group: MultiThreadedEventLoopGroup.singleton)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await connection.run() }
            defer { tasks.cancelAll() }
            try await connection.connected(within: .seconds(20))
            return try await body(BrokerClient(connection))
        }
    }

    private func publish(_ id: UInt64, _ client: BrokerClient) async throws {
        let message = Envelope(
            id: UniqueID(high: 1, low: id), trace: UniqueID(high: 3, low: 4), group: .zero,
            tenant: "acme", priority: .normal, notBeforeMilliseconds: 0,
            body: ByteBuffer(repeating: 7, count: 20_000))
        _ = try await client.publish(message, to: "payment")
    }

    private func publishUntilCancelled(_ client: BrokerClient) async throws {
        var id: UInt64 = 1000
        while !Task.isCancelled {
            do {
                try await publish(id, client)
            } catch let error as CallError {
                guard error.code == .cancelled else { throw error }
            }
            id += 1
        }
    }

    private func flipByte(_ offset: UInt64, in file: String) throws {
        let handle = try FileHandle(forUpdating: URL(filePath: file))
        defer { try? handle.close() }
        try handle.seek(toOffset: offset)
        let byte = try #require(try handle.read(upToCount: 1)?.first)
        try handle.seek(toOffset: offset)
        try handle.write(contentsOf: Data([byte ^ 1]))
    }
}
