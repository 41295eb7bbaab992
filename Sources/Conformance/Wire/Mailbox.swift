// SPDX-License-Identifier: MIT
import NIOCore
import Synchronization

/// What a server has said and nobody has taken yet. Anybody may look for the frame that is theirs, in
/// any order.
final class Mailbox: Sendable {
    enum Find: Sendable {
        case frame(HeardFrame)
        /// The connection ended, with the reason that was seen on this side.
        case ended(String)
        case silence
    }

    private struct State {
        var frames: [HeardFrame] = []
        var end: String?
        /// Counts what came, so that a waiter misses nothing between a look and a wait.
        var version = 0
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var waiterCount = 0
    }

    private let state = Mutex(State())

    func post(_ frame: HeardFrame) { change { $0.frames.append(frame) } }

    /// The first reason counts.
    func end(_ reason: String) { change { $0.end = $0.end ?? reason } }

    var isEnded: Bool { state.withLock { $0.end != nil } }

    /// Takes the first frame that is wanted, as soon as it is there.
    func take(
        until deadline: NIODeadline, on loop: any EventLoop,
        where isWanted: @Sendable (HeardFrame) -> Bool
    ) async -> Find {
        while true {
            let (find, version) = look(isWanted)
            if let find { return find }
            guard NIODeadline.now() < deadline else { return .silence }
            await change(since: version, until: deadline, on: loop)
        }
    }

    private func look(_ isWanted: (HeardFrame) -> Bool) -> (Find?, version: Int) {
        state.withLock { state in
            if let index = state.frames.firstIndex(where: isWanted) {
                return (.frame(state.frames.remove(at: index)), state.version)
            }
            return (state.end.map(Find.ended), state.version)
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let waiters = state.withLock { state in
            body(&state)
            state.version += 1
            defer { state.waiters = [:] }
            return state.waiters
        }
        for waiter in waiters.values { waiter.resume() }
    }

    private func change(
        since version: Int, until deadline: NIODeadline, on loop: any EventLoop
    ) async {
        await withCheckedContinuation { continuation in
            let number: Int? = state.withLock { state in
                guard state.version == version else { return nil }
                state.waiterCount += 1
                state.waiters[state.waiterCount] = continuation
                return state.waiterCount
            }
            guard let number else { return continuation.resume() }
            loop.scheduleTask(deadline: deadline) { self.wake(number) }
        }
    }

    private func wake(_ number: Int) {
        state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
    }
}
