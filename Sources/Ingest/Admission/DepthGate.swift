// SPDX-License-Identifier: MIT
import Orders
import Saga
import Synchronization
import Wire

/// Whether there is room for another order: the broker's depth, as it pushes it, and our outbox.
/// Spares a full queue the orders that it would refuse; the broker's refusal stays the last word.
final class DepthGate: Sendable {
    private struct State {
        var depth: UInt64 = 0
        var depthMax: UInt64 = 0
        var drainPerSecond: UInt32 = 0
        var outboxCount = 0
        var returns = ReturnSchedule()
        /// Of the queues of later stages, whether each is nearly full.
        var isBehind: [StageQueue: Bool] = [:]

        /// The last stage whose queue is nearly full: what is before it waits for it.
        var slowestStage: StageQueue {
            [.fulfillment, .payment].first { isBehind[$0] == true } ?? .inventory
        }
    }

    private let state = Mutex(State())
    private let outboxCountMax: Int

    /// A refusal asks for room for this share of the queue, so that clients do not come back one by
    /// one to a queue that is full again.
    private static let roomShare = 0.1
    /// From this share of its limit on, a queue holds up the stages before it.
    private static let behindShare = 0.9
    /// Bounds of a computed delay.
    private static let pauseMin: Duration = .seconds(1)
    private static let pauseMax: Duration = .seconds(60)

    init(outboxCountMax: Int) {
        self.outboxCountMax = outboxCountMax
    }

    /// The broker's latest word on the first queue.
    func update(depth: UInt64, depthMax: UInt64, drainPerSecond: UInt32) {
        state.withLock { state in
            state.depth = depth
            state.depthMax = depthMax
            state.drainPerSecond = drainPerSecond
        }
    }

    /// The broker's latest word on the queue of a later stage.
    func update(_ stage: StageQueue, depth: UInt64, depthMax: UInt64) {
        let isBehind = depthMax > 0 && Double(depth) >= Double(depthMax) * Self.behindShare
        state.withLock { $0.isBehind[stage] = isBehind }
    }

    /// The broker no longer says: what was known is out of date.
    func forget() { update(depth: 0, depthMax: 0, drainPerSecond: 0) }

    /// The latest count of messages not handed over.
    func update(outboxCount: Int) { state.withLock { $0.outboxCount = outboxCount } }

    /// Why an order must wait, and how long; `nil` when there is room.
    func refusal(using generator: inout some RandomNumberGenerator) -> Refusal? {
        let state = state.withLock { $0 }
        if state.outboxCount >= outboxCountMax, outboxCountMax > 0 || state.outboxCount > 0 {
            var refusal = Refusal(
                .overloaded,
                "\(state.outboxCount) accepted orders wait for the broker.",
                retryAfter: ReturnPause(Self.pauseMin * 5).spread(using: &generator))
            refusal.stage = "ingest"
            return refusal
        }
        guard state.depthMax > 0, state.depth >= state.depthMax else { return nil }
        var refusal = Refusal(
            .overloaded,
            "The queue inventory holds \(state.depth) of at most \(state.depthMax).",
            retryAfter: Self.pause(state, using: &generator))
        refusal.stage = state.slowestStage.rawValue
        return refusal
    }

    /// The same for an order of `key`: who was told to come back now finds the room that was kept for
    /// him, and who was not waits behind all that were.
    func refusal(
        of key: ScopedKey, at now: MeshInstant, using generator: inout some RandomNumberGenerator
    ) -> Refusal? {
        let (standing, isFree) = state.withLock { state in
            state.returns.purge(at: now)
            let room = state.depthMax > state.depth ? state.depthMax - state.depth : 0
            let standing = state.returns.standing(of: key, at: now)
            let isFree =
                state.depthMax == 0
                || (standing == .due ? room > 0 : room > UInt64(state.returns.count))
            if isFree { state.returns.remove(key) }
            return (standing, isFree)
        }
        guard var refusal = refusal(using: &generator) ?? (isFree ? nil : Self.waitsBehindOthers)
        else { return nil }
        guard refusal.stage != "ingest" else { return refusal }
        refusal.stage = slowestStage
        if case .early(let place) = standing {
            refusal.retryAfter = min(place - now, Self.pauseMax)
        } else {
            refusal.retryAfter = pause(of: key, at: now, using: &generator)
        }
        return refusal
    }

    private static let waitsBehindOthers = Refusal(
        .overloaded, "The queue inventory has no more room than those need who wait already.")

    /// When an order of `key` is to come back: behind all who were told before, one for each message
    /// that the queue drains.
    func pause(
        of key: ScopedKey, at now: MeshInstant, using generator: inout some RandomNumberGenerator
    ) -> Duration {
        let base = pause(using: &generator)
        return state.withLock { state in
            guard state.drainPerSecond > 0, state.depthMax > 0 else { return base }
            let room = Double(state.depthMax) * Self.roomShare
            let excess = max(Double(state.depth) - Double(state.depthMax) + room, 0)
            let drained = Duration.seconds(excess / Double(state.drainPerSecond))
            let place = state.returns.place(
                for: key, earliest: now + max(drained, Self.pauseMin),
                interval: .seconds(1) / Int(state.drainPerSecond))
            let pause = ReturnPause(place - now, by: 0.1).spread(using: &generator)
            return min(max(pause, Self.pauseMin), Self.pauseMax)
        }
    }

    /// The stage that an order would wait for.
    var slowestStage: String { state.withLock { $0.slowestStage.rawValue } }

    /// How long to wait when the broker itself refused.
    func pause(using generator: inout some RandomNumberGenerator) -> Duration {
        Self.pause(state.withLock { $0 }, using: &generator)
    }

    /// The time in which the queue drains to where it has room, and up to half as much again, so
    /// that all who were refused do not come back together.
    private static func pause(
        _ state: State, using generator: inout some RandomNumberGenerator
    ) -> Duration {
        guard state.drainPerSecond > 0, state.depthMax > 0 else {
            return ReturnPause(pauseMin * 5).spread(using: &generator)
        }
        let room = Double(state.depthMax) * roomShare
        let excess = Double(state.depth) - Double(state.depthMax) + room
        let drained = Duration.seconds(max(excess, 1) / Double(state.drainPerSecond))
        let pause = ReturnPause(min(drained, pauseMax)).spread(using: &generator)
        return min(max(pause, pauseMin), pauseMax)
    }
}
