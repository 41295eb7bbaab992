// SPDX-License-Identifier: MIT

package import NIOCore
package import NIOPosix
package import SecureTransport
import Wire

extension ClientSession {
    /// Connects, secures, greets.
    /// - Parameters:
    ///   - peer: the only server to talk to; nil: any service of the mesh.
    ///   - name: what HELLO says; for the server's logs.
    ///   - eventLoop: one of swift-nio's own; the session lives on it.
    ///   - created: gets the session, on its loop, before it is connected; to close it in time.
    /// - Returns: the open session; fails with a `CallError` of `notConnected`.
    package static func connect(
        to endpoint: MeshEndpoint, tls: TLSContext, expecting peer: PeerIdentity? = nil,
        name: String, on eventLoop: any EventLoop, limits: SessionLimits = .init(),
        created: (@Sendable (ClientSession) -> Void)? = nil
    ) -> EventLoopFuture<NIOLoopBound<ClientSession>> {
        let opened = eventLoop.makePromise(of: NIOLoopBound<ClientSession>.self)
        bootstrap(on: eventLoop, limits)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let secure = try TLSHandler(
                        context: tls, expecting: peer,
                        serverName: endpoint.isNamed ? endpoint.host : nil,
                        handshakeDuration: limits.handshakeDuration)
                    let session = ClientSession(
                        name: name, limits: limits, eventLoop: channel.eventLoop, opened: opened)
                    try channel.pipeline.syncOperations.addHandlers(secure, session)
                    created?(session)
                }
            }
            .connect(host: endpoint.host, port: endpoint.port)
            .whenFailure { error in
                opened.fail(CallError(.notConnected, message: ConnectFailure.text(error)))
            }
        return opened.futureResult
    }

    /// What a connection of ours is made of, but for its handlers.
    package static func bootstrap(
        on eventLoop: any EventLoop, _ limits: SessionLimits = .init()
    ) -> ClientBootstrap {
        let watermark = ChannelOptions.Types.WriteBufferWaterMark(
            low: limits.outboundByteCountLow, high: limits.outboundByteCountHigh)
        let allocator = FixedSizeRecvByteBufferAllocator(capacity: SessionLimits.readByteCountMax)
        return ClientBootstrap(group: eventLoop)
            .connectTimeout(limits.connectDuration)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.recvAllocator, value: allocator)
            .channelOption(.writeBufferWaterMark, value: watermark)
    }
}
