// SPDX-License-Identifier: MIT
import NIOCore
import Sessions
import Wire

/// A request that leaves the event loop. What its sender leaves it of time runs from its receipt.
struct BridgeRequest: Sendable {
    let frame: InboundFrame
    let session: SessionHandle
    private let deadline: NIODeadline

    /// Call on the session's event loop, when the frame is received.
    init(_ frame: InboundFrame, on session: ServerSession) {
        self.frame = frame
        self.session = session.handle
        deadline = frame.deadline(receivedAt: session.eventLoop.now)
    }

    /// Throws when nobody waits for the answer any more. Call before anything is begun [H-12].
    func requireTime() throws(BridgeRefusal) {
        guard !deadline.hasPassed else { throw .late }
    }

    func reply(_ message: some WireMessage) {
        guard frame.correlation != 0 else { return }
        session.reply(message, to: frame.correlation, trace: frame.trace)
    }

    func fail(_ refusal: BridgeRefusal) {
        guard frame.correlation != 0 else { return }
        session.fail(refusal.reply, to: frame.correlation, trace: frame.trace)
    }
}
