// SPDX-License-Identifier: MIT

import Logging
import NIOCore
import Synchronization

/// What a listener's event loops have in common: the count of sessions, and the way to each loop's
/// own.
final class ListenerState: Sendable {
    private let loops = Mutex<[ObjectIdentifier: NIOLoopBound<LoopSessions>]>([:])
    private let nextID = Atomic<UInt64>(1)
    private let openCount = Atomic<Int>(0)
    private let countMax: Int
    private let log: Logger
    private let makeService: @Sendable (any EventLoop) -> any FrameService

    init(
        countMax: Int, log: Logger,
        makeService: @escaping @Sendable (any EventLoop) -> any FrameService
    ) {
        self.countMax = countMax
        self.log = log
        self.makeService = makeService
    }

    func makeID() -> UInt64 { nextID.wrappingAdd(1, ordering: .relaxed).oldValue }

    /// Counts a connection in; false when there are too many.
    func admit() -> Bool {
        guard openCount.wrappingAdd(1, ordering: .relaxed).newValue <= countMax else {
            dismiss()
            return false
        }
        return true
    }

    func dismiss() { openCount.wrappingSubtract(1, ordering: .relaxed) }

    /// The sessions of the loop that this is called on.
    func sessions(on eventLoop: any EventLoop) -> LoopSessions {
        let known = loops.withLock { $0[ObjectIdentifier(eventLoop)] }
        if let known { return known.value }
        let fresh = LoopSessions(service: makeService(eventLoop), log: log, eventLoop: eventLoop)
        let bound = NIOLoopBound(fresh, eventLoop: eventLoop)
        loops.withLock { $0[ObjectIdentifier(eventLoop)] = bound }
        return fresh
    }

    /// Drains every loop.
    func drain(grace: TimeAmount, on eventLoop: any EventLoop) -> EventLoopFuture<Void> {
        let all = loops.withLock { Array($0.values) }
        let ends = all.map { bound in
            bound.eventLoop.flatSubmit { bound.value.drain(grace: grace) }
        }
        return EventLoopFuture.andAllComplete(ends, on: eventLoop)
    }
}
