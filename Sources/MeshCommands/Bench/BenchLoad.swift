// SPDX-License-Identifier: MIT
import NIOCore
import NIOPosix
import SecureTransport
import Sessions

/// Connections with the same script, on one event loop: nothing but requests and answers is between
/// the daemon and the clock.
final class BenchLoad<Script: BenchScript> {
    let connections: [BenchConnection<Script>]

    private init(_ connections: [BenchConnection<Script>]) {
        self.connections = connections
    }

    /// Opens so many connections.
    ///
    /// - Parameter makeScript: called on the loop, once for each connection.
    static func open(
        _ count: Int, to endpoint: MeshEndpoint, tls: TLSContext, on loop: any EventLoop,
        makeScript: @escaping @Sendable () -> Script
    ) async throws -> NIOLoopBound<BenchLoad> {
        let opening = (0..<count).map { _ in
            BenchConnection.open(to: endpoint, tls: tls, on: loop, makeScript: makeScript)
        }
        return try await EventLoopFuture.whenAllSucceed(opening, on: loop).map { connections in
            NIOLoopBound(BenchLoad(connections.map(\.value)), eventLoop: loop)
        }.get()
    }

    // MARK: - On the loop

    func start() {
        for connection in connections { connection.start() }
    }

    func beginMeasuring() {
        for connection in connections { connection.script.sample = BenchSample() }
    }

    /// What was measured; nothing is sent any more.
    func finish() -> BenchSample {
        var sum = BenchSample()
        for connection in connections {
            if let sample = connection.script.sample { sum.add(sample) }
            connection.script.sample = nil
            connection.stop()
        }
        return sum
    }
}
