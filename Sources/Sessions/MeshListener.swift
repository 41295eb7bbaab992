// SPDX-License-Identifier: MIT

package import Logging
package import NIOCore
import NIOPosix
package import SecureTransport

/// A daemon's door: accepts mutual TLS connections, opens sessions, gives their frames to services.
package struct MeshListener: Sendable {
    /// The port in use.
    package let port: Int
    private let channel: any Channel
    private let state: ListenerState

    private static let backlog: Int32 = 512

    /// Listens on host and port (0: any free one).
    /// - Parameters:
    ///   - name: what HELLO_OK says; for the peers' logs.
    ///   - makeService: called once for each event loop, on that loop, when its first session
    /// comes.
    /// - Throws: `ListenError` when the address cannot be bound.
    package static func bind(
        host: String, port: Int, tls: TLSContext, group: any EventLoopGroup, name: String = "",
        limits: SessionLimits = .init(), log: Logger = Logger(label: "sessions"),
        makeService: @escaping @Sendable (any EventLoop) -> any FrameService
    ) async throws -> MeshListener {
        let state = ListenerState(
            countMax: limits.sessionCountMax, log: log, makeService: makeService)
        let watermark = ChannelOptions.Types.WriteBufferWaterMark(
            low: limits.outboundByteCountLow, high: limits.outboundByteCountHigh)
        let allocator = FixedSizeRecvByteBufferAllocator(capacity: SessionLimits.readByteCountMax)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.recvAllocator, value: allocator)
            .childChannelOption(.writeBufferWaterMark, value: watermark)
            .childChannelInitializer { child in
                child.eventLoop.makeCompletedFuture {
                    try configure(child, state: state, tls: tls, name: name, limits: limits)
                }
            }
        let channel: any Channel
        do {
            channel = try await bootstrap.bind(host: host, port: port).get()
        } catch {
            throw ListenError(error, host: host, port: port)
        }
        return MeshListener(
            port: channel.localAddress?.port ?? port, channel: channel, state: state)
    }

    /// Accepts no more connections, asks every peer for no more requests, waits until those in
    /// flight are answered or the grace is over, and closes all sessions.
    package func drain(grace: Duration) async {
        channel.close(promise: nil)
        let components = grace.components
        let nanoseconds =
            components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
        let end = state.drain(grace: .nanoseconds(nanoseconds), on: channel.eventLoop)
        // The future of all ends never fails.
        _ = await withCheckedContinuation { continuation in
            end.whenComplete { continuation.resume(returning: $0) }
        }
    }

    private static func configure(
        _ child: any Channel, state: ListenerState, tls: TLSContext, name: String,
        limits: SessionLimits
    ) throws {
        guard state.admit() else { throw ListenerFull() }
        child.closeFuture.whenComplete { _ in state.dismiss() }
        let siblings = state.sessions(on: child.eventLoop)
        try child.pipeline.syncOperations.addHandlers(
            TLSHandler(context: tls, handshakeDuration: limits.handshakeDuration),
            siblings.makeHandler(id: state.makeID(), limits: limits, serverName: name))
    }

    /// Closes the connection that is one too many.
    private struct ListenerFull: Error {}
}
