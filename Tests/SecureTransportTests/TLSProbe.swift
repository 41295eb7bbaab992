// SPDX-License-Identifier: MIT

import NIOCore
import SecureTransport

/// What a test sees of one connection: how the handshake ended, what came, what went wrong.
struct TLSProbe: Sendable {
    let channel: any Channel
    let handshake: EventLoopFuture<TLSHandshakeCompleted>
    let failure: EventLoopFuture<TLSError>
    /// All plain text received, once the peer ended its side or the channel closed.
    let received: EventLoopFuture<[UInt8]>
    fileprivate let handshakePromise: EventLoopPromise<TLSHandshakeCompleted>
    fileprivate let failurePromise: EventLoopPromise<TLSError>
    fileprivate let receivedPromise: EventLoopPromise<[UInt8]>

    init(_ channel: any Channel) {
        self.channel = channel
        handshakePromise = channel.eventLoop.makePromise()
        failurePromise = channel.eventLoop.makePromise()
        receivedPromise = channel.eventLoop.makePromise()
        handshake = handshakePromise.futureResult
        failure = failurePromise.futureResult
        received = receivedPromise.futureResult
    }
}

final class TLSProbeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let probe: TLSProbe
    private var bytes: [UInt8] = []

    init(_ probe: TLSProbe) { self.probe = probe }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes += unwrapInboundIn(data).readableBytesView
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let completed = event as? TLSHandshakeCompleted {
            probe.handshakePromise.succeed(completed)
        }
        if let event = event as? ChannelEvent, event == .inputClosed {
            probe.receivedPromise.succeed(bytes)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? TLSError else { return context.fireErrorCaught(error) }
        probe.failurePromise.succeed(error)
        probe.handshakePromise.fail(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        let closed = TLSError(.closed, "closed without an error")
        probe.handshakePromise.fail(closed)
        probe.failurePromise.succeed(closed)
        probe.receivedPromise.succeed(bytes)
    }
}

extension AsyncStream {
    /// The next element; the stream never ends in these tests.
    func first() async throws -> Element {
        for await element in self { return element }
        throw TLSError(.closed, "the stream ended")
    }
}
