// SPDX-License-Identifier: MIT

package import NIOCore

/// How a connection ends: our close_notify, our side of the socket, then a short wait for the
/// peer's,
/// because closing a socket with unread bytes in it would take back what we said last.
extension TLSHandler {
    package func close(
        context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?
    ) {
        switch mode {
        case .input: context.close(mode: .input, promise: promise)
        case .output: closeOutput(context, promise)
        case .all: closeAll(context, promise)
        }
    }

    private func closeOutput(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        guard phase == .open else {
            promise?.fail(TLSError(.closed, "the connection is not open"))
            return
        }
        // The socket stays open both ways: a FIN would make many peers give up on the answer.
        sayGoodbye(context, promise)
        if phase == .open { phase = .outputClosed }
    }

    private func closeAll(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        switch phase {
        case .idle, .closed:
            phase = .closed
            context.close(mode: .all, promise: promise)
            return
        case .open: sayGoodbye(context, nil)
        case .handshaking, .outputClosed, .lingering: break
        }
        if let promise { closePromises.append(promise) }
        linger(context)
    }

    package func triggerUserOutboundEvent(
        context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
    ) {
        guard event is TLSAbort else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        phase = .closed
        context.close(mode: .all, promise: promise)
    }

    /// Begins a change of keys on both sides, sent with the next flush.
    package func updateKeys() throws(TLSError) { try connection.updateKeys() }

    func fail(_ context: ChannelHandlerContext, _ error: TLSError) {
        guard phase != .lingering, phase != .closed else { return }
        pending.fail(error)
        // OpenSSL may have left an alert that tells the peer why.
        send(context, promise: nil)
        linger(context)
        context.fireErrorCaught(error)
    }

    /// Shuts our side and waits for the end of the peer's.
    func linger(_ context: ChannelHandlerContext) {
        guard phase != .lingering, phase != .closed else { return }
        phase = .lingering
        timer?.cancel()
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: TLSLimits.lingerDuration) {
            context.close(mode: .all, promise: nil)
        }
        context.close(mode: .output, promise: nil)
        context.read()
    }

    private func sayGoodbye(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        flush(context: context)
        guard phase == .open else {
            promise?.fail(TLSError(.closed, "the connection failed"))
            return
        }
        connection.shutdown()
        send(context, promise: promise)
    }
}
