// SPDX-License-Identifier: MIT
import Foundation
import TestSupport
import Testing

/// The golden server against clients that keep the protocol, and against some that do not.
@Suite(.serialized, .timeLimit(.minutes(4))) struct GoldenTests {
    private static let python = [
        "python3", "-B", SourceTree.path(of: "protocol/python/golden_driver.py"),
    ]

    @Test func `the client in Python passes every golden case`() async throws {
        let run = try await golden(driver: Self.python)
        #expect(run.status == 0, "\(run.lines)")
        #expect(run.lines.last?.hasSuffix(" passed, 0 failed, 0 skipped") == true)
    }

    @Test func `our own client passes every golden case`() async throws {
        let meshctl = DaemonProcess.buildDirectory.appending(path: "meshctl").path
        let run = try await golden(driver: [meshctl, "conformance", "drive"])
        #expect(run.status == 0, "\(run.lines)")
        #expect(run.lines.last?.hasSuffix(" passed, 0 failed, 0 skipped") == true)
    }

    /// A fault of the client in Python, as a program puts it in; which cases then fail, and which of those
    /// that are tried do not.
    struct Fault: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let program: String
        let failing: [String]
        let passing: [String]
    }

    @Test(arguments: Fault.all)
    func `a client with a fault fails the cases that are about it, and no other`(
        fault: Fault
    ) async throws {
        let script = FileManager.default.temporaryDirectory.appending(
            path: "fault-\(UUID().uuidString).py")
        try Data(fault.script.utf8).write(to: script)
        defer { try? FileManager.default.removeItem(at: script) }
        let run = try await golden(
            ["--verbose"] + (fault.failing + fault.passing).flatMap { ["--case", $0] },
            driver: ["python3", "-B", script.path])
        #expect(run.status == 1)
        #expect(Self.cases(run.lines, "FAILED") == Set(fault.failing), "\(run.lines)")
        #expect(Self.cases(run.lines, "passed") == Set(fault.passing), "\(run.lines)")
    }

    @Test func `a driver that says nothing fails, and one that cannot is passed over`() async throws
    {
        let silent = try await golden(["--case", "G-1"], driver: ["true"])
        #expect(silent.status == 1 && silent.lines.last == "0 passed, 1 failed, 0 skipped")
        let unable = try await golden(
            ["--case", "G-1"], driver: ["echo", #"{"outcome": "unsupported"}"#])
        #expect(unable.status == 0 && unable.lines.last == "0 passed, 0 failed, 1 skipped")
    }

    private func golden(
        _ options: [String] = [], driver: [String]
    ) async throws -> (status: Int32, lines: [String]) {
        let process = try ToolProcess(
            "meshctl", ["conformance", "golden"] + options + ["--"] + driver)
        return (await process.end(), process.lines)
    }

    /// The numbers of the cases that ended so.
    private static func cases(_ lines: [String], _ outcome: String) -> Set<String> {
        Set(
            lines.filter { $0.hasPrefix(outcome) }
                .compactMap {
                    $0.split(separator: " ").first { $0.hasPrefix("G-") }.map(String.init)
                })
    }
}

extension GoldenTests.Fault {
    /// The driver with the fault put into its client.
    var script: String {
        """
        import asyncio, ssl, sys
        sys.path.insert(0, "\(SourceTree.path(of: "protocol/python"))")
        import golden_driver, ordermesh_client, ordermesh_delivery, ordermesh_errors, ordermesh_session
        from ordermesh_client import Client
        from ordermesh_session import Session
        \(program)
        golden_driver.main()
        """
    }

    static let all = [
        Self(
            testDescription: "speaks TLS 1.2",
            program: """
                make = ordermesh_client.tls_context
                def old(*files):
                    context = make(*files)
                    context.minimum_version = ssl.TLSVersion.TLSv1_2
                    return context
                ordermesh_client.tls_context = old
                """, failing: ["G-2"], passing: ["G-1", "G-3"]),
        Self(
            testDescription: "trusts every server of the mesh",
            program: "ordermesh_session.check_server = lambda transport, service: None",
            failing: ["G-4", "G-5"], passing: ["G-1", "G-3"]),
        Self(
            testDescription: "has no bound on requests in flight",
            program: """
                real = asyncio.Semaphore
                asyncio.Semaphore = lambda count: real(1000)
                """, failing: ["G-10"], passing: ["G-9", "G-11"]),
        Self(
            testDescription: "answers PING with another token",
            program: """
                tell = Session.tell
                Session.tell = lambda self, message, fields, **header: tell(
                    self, message, {"token": 5} if message == "PONG" else fields, **header)
                """, failing: ["G-13"], passing: ["G-1", "G-14"]),
        Self(
            testDescription: "does not hear DRAIN",
            program: "Session._drain = lambda self, grace: None",
            failing: ["G-14"], passing: ["G-13"]),
        Self(
            testDescription: "tries again with another key",
            program: """
                call, tries = Session.call, []
                async def other(self, message, fields, *rest):
                    if message == "PLACE_ORDER":
                        tries.append(1)
                        fields = fields | {"idempotency_key": f"golden-{len(tries)}"}
                    return await call(self, message, fields, *rest)
                Session.call = other
                """, failing: ["G-16", "G-27", "G-28", "G-30"], passing: ["G-1", "G-31", "G-40"]),
        Self(
            testDescription: "does not wait as long as it is told",
            program: "Client._delay = lambda self, error, failures: 0.01",
            failing: ["G-33", "G-34", "G-41"], passing: ["G-27", "G-32"]),
        Self(
            testDescription: "gives credit twice",
            program: """
                make = ordermesh_delivery.Subscription._make_room
                def twice(self):
                    make(self)
                    make(self)
                ordermesh_delivery.Subscription._make_room = twice
                """, failing: ["G-42", "G-43", "G-44"], passing: ["G-39", "G-46"]),
        Self(
            testDescription: "takes again what it may have",
            program: """
                async def take(self, tenant, cost):
                    request = {
                        "tenant": tenant, "cost": cost, "hold": False, "key": ordermesh_client.NONE}
                    answer = await self._repeat("TAKE", {"takes": [request]}, None)
                    return answer["decisions"][0]
                Client.take = take
                """, failing: ["G-47"], passing: ["G-46"]),
        Self(
            testDescription: "forgets what an earlier try may have done",
            program: "ordermesh_client.MAYBE_APPLIED = None",
            failing: ["G-34"], passing: ["G-27", "G-33"]),
    ]
}
