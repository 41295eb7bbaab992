// SPDX-License-Identifier: MIT

import Logging
import NIOCore
import Orders
import Wire

/// How a server's session ends.
extension ServerSessionHandler {
    /// Tells the peer a fatal error, then closes.
    func refuse(_ code: WireErrorCode, _ message: String, to correlation: UInt64 = 0) {
        guard phase != .closed else { return }
        siblings.log.debug(
            "session refused",
            metadata: ["session": "\(id)", "code": "\(code)", "reason": "\(message)"])
        _ = send(
            ErrorReply(code, message: message), flags: .response, correlation: correlation,
            trace: .zero)
        close()
    }

    /// Sends what has gathered, and closes.
    func close() {
        guard phase != .closed else { return }
        flush()
        ended()
        context?.close(promise: nil)
    }

    /// As `close`, but lets who is now writing finish.
    func closeSoon() {
        context?.eventLoop.assumeIsolated().execute { self.close() }
    }

    /// No new requests; closes when those in flight are answered.
    func drain(grace: TimeAmount) {
        guard let session, phase == .open, !session.isDraining else {
            if phase == .greeting || phase == .securing { close() }
            return
        }
        session.isDraining = true
        let milliseconds = UInt32(clamping: grace.nanoseconds / 1_000_000)
        session.push(Drain(graceMilliseconds: milliseconds))
        siblings.service.draining(session)
        flush()
        if session.inFlightCount == 0 { closeSoon() }
    }

    /// Closes when the peer stays silent for as long.
    func watchSilence(for duration: TimeAmount) {
        guard let eventLoop = context?.eventLoop else { return }
        timer = eventLoop.assumeIsolated().scheduleTask(in: duration) {
            let rest = self.lastHeard + self.limits.idleDuration - eventLoop.now
            if rest > .zero {
                self.watchSilence(for: rest)
            } else {
                self.refuse(.idle, "nothing heard for too long")
            }
        }
    }

    /// The one place where a session ends, whatever the reason.
    func ended() {
        guard phase != .closed else { return }
        phase = .closed
        timer?.cancel()
        inbox = FrameInbox()
        session?.detach()
        siblings.ended(self, session)
        session = nil
    }
}
