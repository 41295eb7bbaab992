// SPDX-License-Identifier: MIT

package import NIOCore
import Orders
import SecureTransport
import Wire

/// What comes from the channel.
extension ClientSession {
    package func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    package func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        // Later, so that a failure to connect can give its better reason first.
        eventLoop.assumeIsolated().execute {
            self.end(CallError(.connectionLost, message: "the connection was closed"))
        }
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let completed as TLSHandshakeCompleted: greet(completed.peer)
        case let event as ChannelEvent where event == .inputClosed:
            end(CallError(.connectionLost, message: "closed by the server"))
            context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase != .closed else { return }
        inbox.append(unwrapInboundIn(data))
        // A write that fails reads what the socket still holds: answers, told with the session's end.
        guard !isWriting else { return }
        isGathering = true
        receiveFrames()
    }

    private func receiveFrames() {
        do throws(FrameError) {
            while phase != .closed,
                let frame = try inbox.next(byteCountMax: inboundByteCountMax)
            {
                receive(frame)
            }
            inbox.endBurst()
        } catch {
            let message = "the server's frame is bad: \(error)"
            end(CallError(error.code, effect: .maybeApplied, message: message))
            context?.close(promise: nil)
        }
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        lastHeard = .now()
        guard !isWriting else { return }
        isGathering = false
        if phase == .open { onRoom?() }
        flush()
        context.fireChannelReadComplete()
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        if hasRoom { onRoom?() }
        context.fireChannelWritabilityChanged()
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(CallError(.connectionLost, message: "\(error)"))
        context.close(promise: nil)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        end(CallError(.connectionLost, message: "the connection was lost"))
        context.fireChannelInactive()
    }

    /// Until HELLO is answered nobody needs to say much.
    private var inboundByteCountMax: Int {
        switch phase {
        case .securing, .greeting: limits.helloFrameByteCountMax
        case .open, .draining, .closed: limits.frameByteCountMax
        }
    }

    // MARK: HELLO

    private func greet(_ peer: PeerIdentity?) {
        guard phase == .securing else { return }
        self.peer = peer
        phase = .greeting
        _ = append(
            Hello.ours(named: name, limits: limits),
            FrameHeader(opcode: Opcode.hello.rawValue, correlation: 1))
        flush()
        livenessTimer = eventLoop.assumeIsolated().scheduleTask(in: limits.helloDuration) {
            self.end(CallError(.idle, message: "HELLO was not answered in time"))
            self.context?.close(promise: nil)
        }
    }

    private func receiveGreeting(_ frame: InboundFrame) {
        if frame.kind == .error { return receiveFatal(frame) }
        guard frame.kind == .helloOK, let answer = try? frame.decode(HelloOK.self),
            answer.version == Handshake.version
        else {
            end(CallError(.helloRequired, message: "the server did not answer HELLO"))
            context?.close(promise: nil)
            return
        }
        greeting = answer
        outbox.frameByteCountMax = min(limits.frameByteCountMax, Int(answer.frameByteCountMax))
        phase = .open
        livenessTimer?.cancel()
        watchSilence(for: limits.pingInterval)
        opened.succeed(NIOLoopBound(self, eventLoop: eventLoop))
    }

    // MARK: Frames

    private func receive(_ frame: InboundFrame) {
        if phase == .greeting { return receiveGreeting(frame) }
        if frame.flags.contains(.response), frame.correlation != 0 { return receiveAnswer(frame) }
        switch frame.kind {
        case .error: receiveFatal(frame)
        case .drain: receiveDrain()
        case .ping: answerPing(frame)
        case .pong: break
        default: onPush?(frame)
        }
    }

    private func receiveAnswer(_ frame: InboundFrame) {
        // Nobody waits any more for an answer that comes after its deadline.
        guard let completion = calls.remove(frame.correlation) else { return }
        guard frame.kind == .error else {
            completion(.success(frame))
            if phase == .draining, calls.count == 0 { close() }
            return
        }
        let refusal = refusal(frame)
        completion(.failure(refusal))
        if refusal.code.isFatal {
            receiveFatal(frame)
        } else if phase == .draining, calls.count == 0 {
            close()
        }
    }

    private func refusal(_ frame: InboundFrame) -> CallError {
        do throws(WireError) {
            return CallError(try frame.decode(ErrorReply.self))
        } catch {
            return CallError(.badMessage, effect: .maybeApplied, message: "ERROR: \(error)")
        }
    }

    /// An ERROR that answers no request, or has a fatal code, is about the session: both sides close.
    private func receiveFatal(_ frame: InboundFrame) {
        let reply = try? frame.decode(ErrorReply.self)
        let reason = reply.map { CallError($0).description } ?? "an ERROR that cannot be read"
        end(CallError(.connectionLost, message: "the server refused the session: \(reason)"))
        context?.close(promise: nil)
    }

    private func receiveDrain() {
        guard phase == .open else { return }
        phase = .draining
        onDrain?()
        if calls.count == 0 { close() }
    }

    private func answerPing(_ frame: InboundFrame) {
        guard let ping = try? frame.decode(Ping.self) else { return }
        let header = FrameHeader(
            flags: .response, opcode: Opcode.pong.rawValue, correlation: frame.correlation,
            trace: frame.trace)
        _ = append(Pong(token: ping.token), header)
    }

    // MARK: Liveness and end

    private func watchSilence(for duration: TimeAmount) {
        livenessTimer = eventLoop.assumeIsolated().scheduleTask(in: duration) {
            let silence = NIODeadline.now() - self.lastHeard
            if silence >= self.limits.idleDuration {
                self.end(CallError(.connectionLost, message: "nothing heard for too long"))
                self.context?.close(promise: nil)
            } else if silence >= self.limits.pingInterval {
                // The answer is heard like any other frame; nobody waits for it.
                let header = FrameHeader(opcode: Opcode.ping.rawValue, correlation: .max)
                _ = self.append(Ping(token: 0), header)
                self.watchSilence(for: self.limits.idleDuration - silence)
            } else {
                self.watchSilence(for: self.limits.pingInterval - silence)
            }
        }
    }

    /// The one place where a session ends, whatever the reason; the first reason counts. Nobody is told
    /// from within a write that fails: it may be part of a request that is being made.
    func end(_ error: CallError) {
        guard phase != .closed else { return }
        guard !isWriting else {
            return eventLoop.assumeIsolated().execute {
                self.receiveFrames()
                self.end(error)
            }
        }
        let wasOpen = phase == .open || phase == .draining
        phase = .closed
        failure = error
        cancelTimers()
        inbox = FrameInbox()
        for completion in calls.removeAll() { completion(.failure(error)) }
        if !wasOpen {
            opened.fail(CallError(.notConnected, message: error.message))
        }
        onClosed?(error)
        onPush = nil
        onDrain = nil
        onRoom = nil
        onClosed = nil
    }
}
