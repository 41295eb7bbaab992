// SPDX-License-Identifier: MIT
import Foundation
import HTTPCalls
import PostgresStore
import SecureTransport
import TestSupport
import Testing

/// The built programs against the protocol, by the command that anybody has.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ConformanceTests {
    private let certificates: TestCertificates

    init() throws { certificates = try TestCertificates() }

    @Test func `brokerd and ratelimitd keep the protocol`() async throws {
        let database = try PrivatePostgres.make()
        defer { database.pool.close() }
        let broker = try await start(
            "brokerd", ["MESH_DATA_DIR": certificates.directory + "/data"])
        let limiter = try await start(
            "ratelimitd", ["MESH_POSTGRES_CONNINFO": database.connectionInfo])
        let page = certificates.directory + "/report.html"
        let lines = try await conform([
            "127.0.0.1:\(broker.port("mesh"))", "--limiter", "127.0.0.1:\(limiter.port("mesh"))",
            "--html", page, "--junit", certificates.directory + "/report.xml",
        ])
        let last = try #require(lines.last)
        #expect(last.hasSuffix(" passed, 0 failed, 0 skipped"), "\(lines.suffix(20))")
        #expect(try String(contentsOfFile: page, encoding: .utf8).contains(last))
        #expect(await broker.end() == 0)
        #expect(await limiter.end() == 0)
    }

    @Test func `bridged keeps the protocol, but for what its page says`() async throws {
        let stack = try MiniStack.shared.get()
        let name = "c" + String(UInt32.random(in: 0x1000_0000 ... .max), radix: 16)
        let bridge = try await start(
            "bridged",
            [
                "MESH_AWS_ENDPOINT": stack.endpoint, "MESH_AWS_REGION": stack.region,
                "MESH_AWS_TABLE": name, "MESH_AWS_BUCKET": name,
                "MESH_AWS_QUEUE_PREFIX": name + "-",
                "MESH_AWS_PROVISION": "true", "MESH_AWS_RECEIVE_WAIT": "1s",
                "AWS_ACCESS_KEY_ID": stack.accessKey, "AWS_SECRET_ACCESS_KEY": stack.secretKey,
            ])
        try await awaitReady(bridge)
        let lines = try await conform([
            "127.0.0.1:\(bridge.port("mesh"))", "--profile", "bridge", "--receipts",
        ])
        #expect(
            lines.last?.wholeMatch(of: /\d+ passed, 0 failed, \d+ skipped/) != nil,
            "\(lines.filter { !$0.hasPrefix("skipped") })")
        #expect(await bridge.end() == 0)
    }

    @Test func `a server that is not there fails every case, and says so`() async throws {
        let command = try ToolProcess(
            "meshctl",
            [
                "conformance", "127.0.0.1:1", "--certificates", certificates.directory, "--case",
                "H-13.1",
            ])
        #expect(await command.end() == 1)
        #expect(command.lines.last == "0 passed, 2 failed, 0 skipped")
    }

    private func start(
        _ daemon: String, _ environment: [String: String]
    ) async throws -> DaemonProcess {
        _ = try certificates.files(.service(daemon))
        let own = [
            "MESH_LISTEN_PORT": "0", "MESH_ADMIN_PORT": "0",
            "MESH_TLS_DIR": certificates.directory,
        ]
        return try await DaemonProcess.start(
            daemon, environment: own.merging(environment) { $1 })
    }

    /// A bridge listens before its table and queues are made.
    private func awaitReady(_ daemon: DaemonProcess) async throws {
        let request = HTTPRequest(
            method: "GET", url: "http://127.0.0.1:\(daemon.port("admin"))/readyz")
        let caller = HTTPCaller()
        while try await caller.perform(request).status != 200 {}
    }

    /// All that the command says; its status must be that of success.
    private func conform(_ arguments: [String]) async throws -> [String] {
        let command = try ToolProcess(
            "meshctl",
            ["conformance"] + arguments + ["--certificates", certificates.directory])
        #expect(await command.end() == 0)
        return command.lines
    }
}
