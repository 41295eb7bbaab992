// SPDX-License-Identifier: MIT
import Synchronization

/// The calls that one batch of steps waits for, as long as it has patience.
final class CallBatch: Sendable {
    private enum Stand {
        case waiting, begun
        case ended(TellingOutcome)
    }

    private struct State {
        var stands: [Stand]
        var openCount: Int
        var isLeft = false
    }

    private let state: Mutex<State>
    private let allEnded: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init(count: Int) {
        state = Mutex(State(stands: Array(repeating: .waiting, count: count), openCount: count))
        (allEnded, signal) = AsyncStream.makeStream()
        if count == 0 { signal.finish() }
    }

    /// False when nobody waits for the call any more: it is not to be made.
    func begin(_ index: Int) -> Bool {
        state.withLock { state in
            guard !state.isLeft else { return false }
            state.stands[index] = .begun
            return true
        }
    }

    /// False when the batch has gone on without it.
    func end(_ index: Int, _ outcome: TellingOutcome) -> Bool {
        let (isAwaited, isLast) = state.withLock { state in
            guard !state.isLeft else { return (false, false) }
            state.stands[index] = .ended(outcome)
            state.openCount -= 1
            return (true, state.openCount == 0)
        }
        if isLast { signal.finish() }
        return isAwaited
    }

    /// Returns when all calls have ended, or `patience` has: then those that have not are `underWay`,
    /// or `busy` if they were not begun, and never will be.
    func outcomes(within patience: Duration) async -> [TellingOutcome] {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [allEnded] in for await _ in allEnded {} }
            group.addTask {
                // Cancelled as soon as all calls have ended.
                do { try await Task.sleep(for: patience) } catch {}
            }
            await group.next()
            group.cancelAll()
        }
        return state.withLock { state in
            state.isLeft = true
            return state.stands.map { stand in
                switch stand {
                case .waiting: .busy
                case .begun: .underWay
                case .ended(let outcome): outcome
                }
            }
        }
    }
}
