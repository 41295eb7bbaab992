// SPDX-License-Identifier: MIT

/// What a daemon does with frames. One instance for each event loop, called on that loop only, so
/// that it needs no lock of its own.
package protocol FrameService: AnyObject {
    /// HELLO is answered; frames may follow.
    func opened(_ session: ServerSession)

    /// A request (or a one-way frame, whose correlation is 0) with an opcode of the protocol.
    /// Each request must be answered once, by `reply` or `fail`, now or later.
    func received(_ frame: InboundFrame, on session: ServerSession)

    /// This frame is received next, behind the one about to be: the moment to bring into the cache
    /// what it will need. It may never come: nothing may depend on it.
    func anticipated(_ frame: InboundFrame)

    /// All frames of one read have been received: the moment to act on them as a batch. Answers
    /// given until now leave together.
    func burstEnded(on session: ServerSession)

    /// The client no longer waits for this answer. One must be given all the same, to end the
    /// request; the client ignores it.
    func cancelled(_ correlation: UInt64, on session: ServerSession)

    /// The listener is about to close: no new requests come; push no more.
    func draining(_ session: ServerSession)

    /// The session is over; nothing that is written to it is sent. Called on its own, never from within
    /// another call.
    func closed(_ session: ServerSession)
}

extension FrameService {
    package func anticipated(_ frame: InboundFrame) {}
    package func burstEnded(on session: ServerSession) {}
    package func cancelled(_ correlation: UInt64, on session: ServerSession) {}
    package func draining(_ session: ServerSession) {}
}
