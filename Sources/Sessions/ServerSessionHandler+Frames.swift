// SPDX-License-Identifier: MIT

import NIOCore
import Orders
import SecureTransport
import Wire

/// What each frame means to the session itself; the rest goes to the service.
extension ServerSessionHandler {
    func receive(_ frame: InboundFrame) {
        guard let session else { return greet(frame) }
        guard let kind = frame.kind else {
            guard session.began(frame.correlation) else { return refuseExcess(frame, session) }
            return session.refuse(frame, .unknownOpcode, "no request \(frame.opcode) here")
        }
        switch kind {
        case .hello, .helloOK: refuse(.helloRequired, "the session is open already")
        case .ping: answerPing(frame)
        case .pong: break
        case .cancel: cancel(frame, session)
        default: serve(frame, session)
        }
    }

    private func serve(_ frame: InboundFrame, _ session: ServerSession) {
        guard session.began(frame.correlation) else { return refuseExcess(frame, session) }
        if session.isDraining, frame.correlation != 0 {
            return session.refuse(frame, .draining, "about to close")
        }
        siblings.service.received(frame, on: session)
    }

    private func refuseExcess(_ frame: InboundFrame, _ session: ServerSession) {
        session.refuse(frame, .tooManyInFlight, "more requests in flight than HELLO_OK allows")
    }

    private func answerPing(_ frame: InboundFrame) {
        guard let ping = try? frame.decode(Ping.self) else {
            return session?.refuse(frame, .badMessage, "PING without a token") ?? ()
        }
        _ = send(
            Pong(token: ping.token), flags: .response, correlation: frame.correlation,
            trace: frame.trace)
    }

    private func cancel(_ frame: InboundFrame, _ session: ServerSession) {
        // One-way: there is nobody to tell that it could not be read.
        guard let cancel = try? frame.decode(Cancel.self) else { return }
        siblings.service.cancelled(cancel.correlation, on: session)
    }

    // MARK: HELLO

    func secured(_ peer: PeerIdentity?) {
        guard phase == .securing, let context else { return }
        guard let peer else { return close() }
        self.peer = peer
        phase = .greeting
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: limits.helloDuration) {
            self.refuse(.idle, "no HELLO in time")
        }
    }

    private func greet(_ frame: InboundFrame) {
        guard frame.kind == .hello else {
            return refuse(.helloRequired, "the first frame must be HELLO", to: frame.correlation)
        }
        do throws(WireError) {
            let hello = try frame.decode(Hello.self)
            if let problem = problem(with: hello) {
                return refuse(.unsupportedVersion, problem, to: frame.correlation)
            }
            open(hello, frame)
        } catch {
            refuse(.badMessage, "HELLO: \(error)", to: frame.correlation)
        }
    }

    private func problem(with hello: Hello) -> String? {
        guard hello.magic == Handshake.magic else { return "the magic is not OMSH" }
        guard hello.versionMin <= Handshake.version, hello.versionMax >= Handshake.version else {
            return "version \(Handshake.version) is spoken here"
        }
        guard Int(hello.frameByteCountMax) >= limits.helloFrameByteCountMax else {
            return "frames of \(limits.helloFrameByteCountMax) bytes must be taken"
        }
        return nil
    }

    private func open(_ hello: Hello, _ frame: InboundFrame) {
        guard let context, let peer else { return }
        let inFlightMax = min(limits.inFlightMax, max(1, Int(hello.inFlightMax)))
        phase = .open
        timer?.cancel()
        outbox.frameByteCountMax = min(limits.frameByteCountMax, Int(hello.frameByteCountMax))
        withheld = WithheldReplies(like: outbox)
        let session = ServerSession(
            id: id, peer: peer, name: hello.name, inFlightMax: inFlightMax, handler: self,
            eventLoop: context.eventLoop)
        self.session = session
        let answer = HelloOK(
            version: Handshake.version, features: 0,
            frameByteCountMax: UInt32(limits.frameByteCountMax), inFlightMax: UInt32(inFlightMax),
            name: serverName, session: UniqueID(high: siblings.makeNonce(), low: id))
        _ = send(answer, flags: .response, correlation: frame.correlation, trace: frame.trace)
        watchSilence(for: limits.idleDuration)
        siblings.service.opened(session)
        if siblings.isDraining { drain(grace: .zero) }
    }
}
