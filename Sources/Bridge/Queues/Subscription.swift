// SPDX-License-Identifier: MIT
import Sessions
import Synchronization

/// A client's wish for deliveries of one queue. Credit comes from the client, the pump spends it.
final class Subscription: Sendable {
    let id: SubscriptionID
    let queueText: String
    let session: SessionHandle
    /// One element, at most, when there may be credit or the end to look at.
    let wakeups: AsyncStream<Void>

    private struct State {
        var credit: Int
        var isPaused = false
        var isStopped = false

        var isOpen: Bool { !isPaused && !isStopped }
    }

    private let state: Mutex<State>
    private let waker: AsyncStream<Void>.Continuation

    init(id: SubscriptionID, queueText: String, credit: UInt32, session: SessionHandle) {
        self.id = id
        self.queueText = queueText
        self.session = session
        state = Mutex(State(credit: Int(credit)))
        (wakeups, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        waker.yield()
    }

    var isStopped: Bool { state.withLock { $0.isStopped } }

    /// Whether deliveries may be sent.
    var isOpen: Bool { state.withLock { $0.isOpen } }

    /// What may be delivered now: 0 without credit, after a pause and after the end.
    var room: Int { state.withLock { $0.isOpen ? $0.credit : 0 } }

    /// - Parameter max: the most credit that may be outstanding.
    func add(_ credit: UInt32, max: Int) {
        state.withLock { $0.credit = min($0.credit + Int(credit), max) }
        waker.yield()
    }

    func spend(_ count: Int) { state.withLock { $0.credit -= count } }

    /// No further deliveries; what was delivered can still be settled until the end.
    func pause() { state.withLock { $0.isPaused = true } }

    /// Ends it; a second time has no effect.
    func stop() {
        state.withLock { $0.isStopped = true }
        waker.finish()
    }
}
