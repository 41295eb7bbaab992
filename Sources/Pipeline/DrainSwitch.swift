// SPDX-License-Identifier: MIT
import Synchronization

/// Turned once: closes the buffer in use and ends every pause.
final class DrainSwitch: Sendable {
    private struct State {
        var hasBegun = false
        var buffer: DeliveryBuffer?
        var sleeper: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    var hasBegun: Bool { state.withLock(\.hasBegun) }

    /// Closes `buffer` when the drain begins; at once when it has begun.
    func watch(_ buffer: DeliveryBuffer) {
        let hasBegun = state.withLock { state in
            state.buffer = buffer
            return state.hasBegun
        }
        if hasBegun { buffer.close() }
    }

    func begin() {
        let (buffer, sleeper) = state.withLock { state in
            state.hasBegun = true
            defer { state.sleeper = nil }
            return (state.buffer, state.sleeper)
        }
        buffer?.close()
        sleeper?.resume()
    }

    /// Returns after `duration`, or when the drain begins. One caller at a time.
    func pause(for duration: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // Cut short when the drain begins: no error to anybody.
                do { try await Task.sleep(for: duration) } catch { return }
            }
            group.addTask { await self.untilBegun() }
            await group.next()
            group.cancelAll()
        }
    }

    /// Returns when the drain begins or the task is cancelled.
    private func untilBegun() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.hasBegun || Task.isCancelled { return true }
                    state.sleeper = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                defer { state.sleeper = nil }
                return state.sleeper
            }
            sleeper?.resume()
        }
    }
}
