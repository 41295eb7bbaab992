// SPDX-License-Identifier: MIT

package import NIOCore
package import Orders
package import SecureTransport
package import Wire

/// One client's open session, as a service sees it. Confined to its event loop; `handle` is the way
/// in from elsewhere. What is written gathers, and leaves at the end of the read burst, of the
/// event loop's turn, or with `flush`.
package final class ServerSession {
    /// Unique within the listener.
    package let id: UInt64
    package let peer: PeerIdentity
    /// What the client calls itself in HELLO; for logs.
    package let name: String
    package let eventLoop: any EventLoop
    /// Requests received and not yet answered.
    package private(set) var inFlightCount = 0
    /// Whether no new request comes any more.
    package internal(set) var isDraining = false

    private let inFlightMax: Int
    // Nil once closed, which also breaks the cycle.
    private var handler: ServerSessionHandler?

    init(
        id: UInt64, peer: PeerIdentity, name: String, inFlightMax: Int,
        handler: ServerSessionHandler,
        eventLoop: any EventLoop
    ) {
        self.id = id
        self.peer = peer
        self.name = name
        self.inFlightMax = inFlightMax
        self.handler = handler
        self.eventLoop = eventLoop
    }

    package var isOpen: Bool { handler != nil }

    /// A way to write from any thread.
    package var handle: SessionHandle { SessionHandle(self) }

    /// Answers the request with this correlation.
    package func reply(
        _ message: some WireMessage, to correlation: UInt64, trace: UniqueID = .zero
    ) {
        guard let handler else { return }
        let isSent = handler.send(message, flags: .response, correlation: correlation, trace: trace)
        guard isSent else { return failTooLong(correlation) }
        if correlation != 0 { ended(1) }
    }

    /// Refuses the request with this correlation.
    package func fail(_ error: ErrorReply, to correlation: UInt64, trace: UniqueID = .zero) {
        guard let handler else { return }
        _ = handler.send(error, flags: .response, correlation: correlation, trace: trace)
        if correlation != 0 { ended(1) }
    }

    /// Refuses a request that this service does not know, or cannot read.
    package func refuse(_ frame: InboundFrame, _ code: WireErrorCode, _ message: String) {
        guard frame.correlation != 0 else { return }
        fail(ErrorReply(code, message: message), to: frame.correlation, trace: frame.trace)
    }

    // MARK: - Replies that wait for a write

    /// Encodes the answer to a request, to be sent once a write to the disk has ended: the next to
    /// begin, or the one under way.
    package func withhold(
        _ message: some WireMessage, to correlation: UInt64, trace: UniqueID = .zero,
        untilCurrent isForCurrent: Bool
    ) {
        guard let handler else { return }
        let isKept = handler.withhold(
            message, correlation: correlation, trace: trace, isForCurrent: isForCurrent)
        if !isKept { failTooLong(correlation) }
    }

    /// Whether an answer is withheld.
    package var isWithholding: Bool { handler.map { !$0.withheld.isEmpty } ?? false }

    /// The next write begins, with all that was withheld for it.
    package func writeBegan() { handler?.withheld.writeBegan() }

    /// The write ended; `releaseWithheld` sends what waited for it.
    package func writeEnded() { handler?.withheld.writeEnded() }

    /// Sends the answers that have come true.
    package func releaseWithheld() {
        guard let handler else { return }
        ended(handler.releaseWithheld())
    }

    /// Refuses all requests whose answers are withheld.
    package func failWithheld(_ error: ErrorReply) {
        guard let handler else { return }
        for correlation in handler.withheld.takeCorrelations() { fail(error, to: correlation) }
    }

    private func failTooLong(_ correlation: UInt64) {
        let reason = "the answer is longer than the frames you take"
        fail(ErrorReply(.failed, effect: .maybeApplied, message: reason), to: correlation)
    }

    // MARK: - Pushes

    /// Sends something that no request asks for at this moment.
    /// - Returns: whether it fits in the frames that the client takes.
    @discardableResult
    package func push(_ message: some WireMessage, trace: UniqueID = .zero) -> Bool {
        handler?.send(message, flags: .push, correlation: 0, trace: trace) ?? true
    }

    /// Sends what has gathered. Needed by nobody, but saves a turn of the event loop.
    package func flush() { handler?.flush() }

    /// Ends the session for a reason that is no error.
    package func close() { handler?.close() }

    // MARK: For the handler

    /// Counts a request in.
    /// - Returns: false when there are too many; it must then be refused by `fail`.
    func began(_ correlation: UInt64) -> Bool {
        guard correlation != 0 else { return true }
        inFlightCount += 1
        return inFlightCount <= inFlightMax
    }

    func detach() { handler = nil }

    private func ended(_ count: Int) {
        guard count > 0, inFlightCount > 0 else { return }
        inFlightCount -= min(count, inFlightCount)
        if isDraining, inFlightCount == 0 { handler?.closeSoon() }
    }
}
