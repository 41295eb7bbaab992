// SPDX-License-Identifier: MIT

import Logging
import Testing

@testable import Daemon

@Suite struct AdminServerTests {
    /// Runs a server on any free port while `body` works with it.
    private func withServer(
        _ readiness: Readiness, _ body: (ListenSettings) async throws -> Void
    ) async throws {
        let (ports, port) = AsyncStream<Int>.makeStream()
        let server = AdminServer(
            settings: ListenSettings(host: "127.0.0.1", port: 0), readiness: readiness,
            metrics: MetricsRegistry(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { port.yield($0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            let found = try #require(await ports.first { _ in true })
            try await body(ListenSettings(host: "127.0.0.1", port: found))
            group.cancelAll()
        }
    }

    @Test func `a daemon is ready when every check is, and says which is not`() async throws {
        let readiness = Readiness()
        readiness.expect("broker")
        readiness.expect("postgres")
        readiness.ready("postgres")
        try await withServer(readiness) { admin in
            let before = try await HealthProbe.ask(admin)
            #expect(!before.isReady)
            #expect(before.body.contains(#""broker":{"ready":false,"reason":"starting"}"#))
            readiness.ready("broker")
            #expect(try await HealthProbe.ask(admin).isReady)
            readiness.drain()
            let draining = try await HealthProbe.ask(admin)
            #expect(!draining.isReady)
            #expect(draining.body.contains(#""status":"draining""#))
        }
    }
}
