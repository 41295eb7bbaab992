// SPDX-License-Identifier: MIT

package import NIOCore

/// TLS between a socket and what speaks plain text: the first handler of its channel.
///
/// Inbound it fires one buffer of plain text per read, and `TLSHandshakeCompleted` before the
/// first.
/// Outbound it gathers writes until the flush, and sends them as one buffer of full records.
/// Any failure fires one `TLSError` and closes. The peer's close_notify fires
/// `ChannelEvent.inputClosed`; a connection that ends without it fires `truncated`.
package final class TLSHandler: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    let connection: TLSConnection
    var phase = Phase.idle
    /// Plain text not yet encrypted, and who waits for it.
    var pending = PendingPlainText()
    var closePromises: [EventLoopPromise<Void>] = []
    var timer: Scheduled<Void>?
    private let handshakeDuration: TimeAmount
    /// Reused when the handlers below kept nothing of it.
    private var plain = ByteBuffer()

    enum Phase: Equatable {
        /// Not connected yet: to `handshaking`.
        case idle
        /// To `open`, or to `lingering` on failure.
        case handshaking
        /// To `outputClosed`, `lingering` or `closed`.
        case open
        /// We said close_notify, the peer still may send: to `lingering` or `closed`.
        case outputClosed
        /// Our side is shut; what comes is dropped until the peer ends its side or the time is up.
        case lingering
        case closed
    }

    /// A handler for one connection.
    /// - Parameters:
    ///   - peer: the only identity to accept; nil accepts any of the mesh.
    ///   - serverName: sent as SNI by clients, when the server goes by a DNS name.
    package init(
        context: TLSContext, expecting peer: PeerIdentity? = nil, serverName: String? = nil,
        handshakeDuration: TimeAmount = TLSLimits.handshakeDuration
    ) throws(TLSError) {
        connection = try context.makeConnection(expecting: peer, serverName: serverName)
        self.handshakeDuration = handshakeDuration
    }

    // MARK: Life

    package func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context) }
    }

    package func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        let before = phase
        phase = .closed
        timer?.cancel()
        if before == .handshaking || before == .open {
            context.fireErrorCaught(
                TLSError(.truncated, "the connection ended without close_notify"))
        }
        pending.fail(TLSError(.closed, "the connection is closed"))
        for promise in closePromises { promise.succeed() }
        closePromises = []
        context.fireChannelInactive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard phase == .idle else { return }
        phase = .handshaking
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: handshakeDuration) {
            self.fail(context, TLSError(.handshakeTimedOut, "the handshake took too long"))
        }
        proceed(context)
    }

    // MARK: Inbound

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase != .lingering, phase != .closed else { return }
        connection.receive(unwrapInboundIn(data))
        if phase == .handshaking { proceed(context) }
        if phase == .open || phase == .outputClosed { decrypt(context) }
        connection.releaseInbound()
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        // The handlers below may not ask for more once they gave up; the end must still be seen.
        if phase == .lingering { context.read() }
    }

    private func proceed(_ context: ChannelHandlerContext) {
        do throws(TLSError) {
            let outcome = try connection.handshake()
            send(context, promise: nil)
            guard let outcome else { return }
            phase = .open
            timer?.cancel()
            context.fireUserInboundEventTriggered(outcome)
            if !pending.isEmpty { flush(context: context) }
        } catch {
            fail(context, error)
        }
    }

    private func decrypt(_ context: ChannelHandlerContext) {
        if plain.capacity > TLSLimits.keptBufferByteCountMax {
            plain = ByteBuffer()
        } else {
            plain.clear()
        }
        do throws(TLSError) {
            let outcome = try connection.read(into: &plain)
            // An answer of OpenSSL's own, such as to a change of keys.
            send(context, promise: nil)
            if plain.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(plain)) }
            if outcome == .endOfStream { inputEnded(context) }
        } catch {
            if plain.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(plain)) }
            fail(context, error)
        }
    }

    private func inputEnded(_ context: ChannelHandlerContext) {
        switch phase {
        case .open: context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        case .outputClosed: linger(context)
        case .idle, .handshaking, .lingering, .closed: break
        }
    }

    // MARK: Outbound

    package func write(
        context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
    ) {
        switch phase {
        case .idle, .handshaking, .open: pending.append(unwrapOutboundIn(data), promise)
        case .outputClosed, .lingering, .closed:
            promise?.fail(TLSError(.closed, "the connection is closed for writing"))
        }
    }

    package func flush(context: ChannelHandlerContext) {
        guard phase == .open, !pending.isEmpty else { return }
        let (plain, promise) = pending.take(on: context.eventLoop)
        do throws(TLSError) {
            try connection.write(plain)
            send(context, promise: promise)
        } catch {
            promise?.fail(error)
            fail(context, error)
        }
    }

    func send(_ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        guard let ciphertext = connection.takeOutbound() else {
            promise?.succeed()
            return
        }
        context.writeAndFlush(wrapOutboundOut(ciphertext), promise: promise)
    }
}
