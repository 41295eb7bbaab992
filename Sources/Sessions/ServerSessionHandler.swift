// SPDX-License-Identifier: MIT

import Logging
import NIOCore
import Orders
import SecureTransport
import Wire

/// The server's end of one connection: the frame loop, HELLO, limits, and the session's writes.
final class ServerSessionHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Phase: Equatable {
        /// The TLS handshake is under way: to `greeting` or `closed`.
        case securing
        /// HELLO is awaited: to `open` or `closed`.
        case greeting
        /// To `closed`.
        case open
        /// Nothing is read or written any more.
        case closed
    }

    let siblings: LoopSessions
    let limits: SessionLimits
    let serverName: String
    let id: UInt64
    var phase = Phase.securing
    var peer: PeerIdentity?
    var session: ServerSession?
    var context: ChannelHandlerContext?
    var inbox = FrameInbox()
    var outbox: FrameOutbox
    var withheld: WithheldReplies
    /// By the event loop's own clock, which a simulation moves.
    var lastHeard = NIODeadline.uptimeNanoseconds(0)
    var timer: Scheduled<Void>?
    private var isInBurst = false
    private var isWriting = false
    private var isFlushScheduled = false
    private var isReadHeldBack = false

    init(id: UInt64, siblings: LoopSessions, limits: SessionLimits, serverName: String) {
        self.id = id
        self.siblings = siblings
        self.limits = limits
        self.serverName = serverName
        outbox = FrameOutbox(
            compressor: siblings.compressor, frameByteCountMax: limits.helloFrameByteCountMax)
        withheld = WithheldReplies(like: outbox)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    // MARK: Inbound

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let completed as TLSHandshakeCompleted: secured(completed.peer)
        case let event as ChannelEvent where event == .inputClosed: close()
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // A write that fails reads what the socket still holds: of a peer that is gone.
        guard phase != .closed, !isWriting else { return }
        isInBurst = true
        inbox.append(unwrapInboundIn(data))
        do throws(FrameError) {
            try receiveFrames()
            inbox.endBurst()
        } catch {
            refuse(error.code, error.description)
        }
    }

    /// Reads one frame ahead while the session is open, so that the service can know of it. What is
    /// wrong with a frame shows only once those before it are received.
    private func receiveFrames() throws(FrameError) {
        while phase == .greeting, let frame = try nextFrame() { receive(frame) }
        guard phase == .open, var frame = try nextFrame() else { return }
        while true {
            let ahead = Result { () throws(FrameError) in try nextFrame() }
            if case .success(let next?) = ahead { siblings.service.anticipated(next) }
            receive(frame)
            guard phase == .open, let next = try ahead.get() else { return }
            frame = next
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        lastHeard = context.eventLoop.now
        guard !isWriting else { return }
        if let session, phase == .open { siblings.service.burstEnded(on: session) }
        isInBurst = false
        flush()
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        siblings.log.debug(
            "connection failed", metadata: ["session": "\(id)", "error": "\(error)"])
        close()
    }

    func channelInactive(context: ChannelHandlerContext) {
        ended()
        context.fireChannelInactive()
    }

    private func nextFrame() throws(FrameError) -> InboundFrame? {
        switch phase {
        case .securing, .closed: nil
        case .greeting: try inbox.next(byteCountMax: limits.helloFrameByteCountMax)
        case .open: try inbox.next(byteCountMax: limits.frameByteCountMax)
        }
    }

    // MARK: Back-pressure

    /// A peer that does not take its answers is not asked for more requests.
    func read(context: ChannelHandlerContext) {
        if context.channel.isWritable || phase == .closed {
            context.read()
        } else {
            isReadHeldBack = true
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable, isReadHeldBack {
            isReadHeldBack = false
            context.read()
        }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Outbound

    /// Gathers one frame.
    /// - Returns: false when it is longer than the peer takes.
    func send(
        _ message: some WireMessage, flags: FrameFlags, correlation: UInt64, trace: UniqueID
    ) -> Bool {
        guard phase != .closed else { return true }
        let header = FrameHeader(
            flags: flags, opcode: type(of: message).opcode.rawValue, correlation: correlation,
            trace: trace)
        guard outbox.append(message, header: header) else { return false }
        gathered()
        return true
    }

    /// - Returns: false when the reply is longer than the peer takes.
    func withhold(
        _ message: some WireMessage, correlation: UInt64, trace: UniqueID, isForCurrent: Bool
    ) -> Bool {
        let header = FrameHeader(
            flags: .response, opcode: type(of: message).opcode.rawValue, correlation: correlation,
            trace: trace)
        return withheld.append(message, header: header, isForCurrent: isForCurrent)
    }

    /// - Returns: how many replies have come true.
    func releaseWithheld() -> Int {
        guard phase != .closed else { return 0 }
        let count = withheld.release { outbox.append($0) }
        if count > 0 { gathered() }
        return count
    }

    private func gathered() {
        if outbox.byteCount >= limits.gatheredByteCountMax {
            flush()
        } else if !isInBurst, !isFlushScheduled {
            scheduleFlush()
        }
    }

    func flush() {
        guard let context, let frames = outbox.take() else { return }
        isWriting = true
        context.writeAndFlush(wrapOutboundOut(frames), promise: nil)
        isWriting = false
        outbox.reuse(frames)
        if !context.channel.isWritable { checkOutbound(context) }
    }

    private func scheduleFlush() {
        guard let context else { return }
        isFlushScheduled = true
        context.eventLoop.assumeIsolated().execute {
            self.isFlushScheduled = false
            self.flush()
        }
    }

    private func checkOutbound(_ context: ChannelHandlerContext) {
        guard phase == .open,
            let count = try? context.channel.syncOptions?.getOption(.bufferedWritableBytes),
            count > limits.outboundByteCountMax
        else { return }
        // No word about it: the peer would not read that either.
        siblings.log.debug("slow reader cut off", metadata: ["session": "\(id)"])
        ended()
        context.triggerUserOutboundEvent(TLSAbort(), promise: nil)
    }
}
