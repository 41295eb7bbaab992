// SPDX-License-Identifier: MIT
import NIOCore
import NIOPosix
import SecureTransport
import Sessions

/// Connections that each keep so many requests in flight, on one event loop: nothing but requests
/// and answers is between the daemon and the clock.
final class BenchLoad<Request: BenchRequest> {
    private let connections: [BenchConnection<Request>]

    private init(_ connections: [BenchConnection<Request>]) {
        self.connections = connections
    }

    /// Opens the connections of `load`.
    ///
    /// - Parameter makeRequest: called on the loop, once for each connection.
    static func open(
        _ load: BenchCase, to endpoint: MeshEndpoint, tls: TLSContext, on loop: any EventLoop,
        makeRequest: @escaping @Sendable () -> Request
    ) async throws -> NIOLoopBound<BenchLoad> {
        let opening = (0..<load.connections).map { _ in
            BenchConnection.open(
                to: endpoint, tls: tls, window: load.window, on: loop, makeRequest: makeRequest)
        }
        return try await EventLoopFuture.whenAllSucceed(opening, on: loop).map { connections in
            NIOLoopBound(BenchLoad(connections.map(\.value)), eventLoop: loop)
        }.get()
    }

    // MARK: - On the loop

    /// Fills every window; from then on each answer is followed by the next request.
    func start() {
        for connection in connections { connection.start() }
    }

    func beginMeasuring() {
        for connection in connections { connection.sample = BenchSample() }
    }

    /// What was measured; nothing is sent any more.
    func finish() -> BenchSample {
        var sum = BenchSample()
        for connection in connections {
            if let sample = connection.sample { sum.add(sample) }
            connection.sample = nil
            connection.stop()
        }
        return sum
    }
}
