// SPDX-License-Identifier: MIT
import Synchronization

/// Things that come one by one, for one who waits for them, but not for ever.
final class Mailbox<Element: Sendable>: Sendable {
    enum Arrival: Sendable {
        case element(Element)
        /// Nothing more will come.
        case ended
        /// Not in time.
        case late
    }

    private struct State {
        var elements: [Element] = []
        var isEnded = false
        var waiter: (number: UInt64, continuation: CheckedContinuation<Arrival, Never>)?
        var nextNumber: UInt64 = 0

        mutating func takeWaiter() -> CheckedContinuation<Arrival, Never>? {
            defer { waiter = nil }
            return waiter?.continuation
        }
    }

    private let state = Mutex(State())

    func put(_ element: Element) {
        let waiter = state.withLock { state in
            if state.waiter == nil, !state.isEnded { state.elements.append(element) }
            return state.takeWaiter()
        }
        waiter?.resume(returning: .element(element))
    }

    /// What has come is still there to be taken.
    func end() {
        let waiter = state.withLock { state in
            state.isEnded = true
            return state.takeWaiter()
        }
        waiter?.resume(returning: .ended)
    }

    /// The next element. For one task at a time.
    func next(within duration: Duration) async -> Arrival {
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        return await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                // Cancelled when something came: then nobody waits under this number.
                try? await Task.sleep(for: duration)
                self.giveUp(number)
            }
            defer { tasks.cancelAll() }
            return await withCheckedContinuation { wait(number, $0) }
        }
    }

    private func wait(_ number: UInt64, _ continuation: CheckedContinuation<Arrival, Never>) {
        let arrival: Arrival? = state.withLock { state in
            if !state.elements.isEmpty { return .element(state.elements.removeFirst()) }
            if state.isEnded { return .ended }
            state.waiter = (number, continuation)
            return nil
        }
        if let arrival { continuation.resume(returning: arrival) }
    }

    private func giveUp(_ number: UInt64) {
        let waiter = state.withLock { state in
            state.waiter?.number == number ? state.takeWaiter() : nil
        }
        waiter?.resume(returning: .late)
    }
}
