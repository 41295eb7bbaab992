// SPDX-License-Identifier: MIT

import NIOCore

/// Calls in the queue for a connection, first come first served; any can leave before its turn.
struct WaitingCalls {
    struct Call {
        let send: (ClientSession) -> Void
        let fail: (CallError) -> Void
        fileprivate var timer: Scheduled<Void>?
    }

    private var calls: [UInt64: Call] = [:]
    private var order = CircularBuffer<UInt64>()
    private var nextNumber: UInt64 = 0

    var isEmpty: Bool { calls.isEmpty }
    var count: Int { calls.count }

    /// Adds a call at the end.
    /// - Returns: its number in the queue.
    mutating func append(
        send: @escaping (ClientSession) -> Void, fail: @escaping (CallError) -> Void
    ) -> UInt64 {
        nextNumber += 1
        calls[nextNumber] = Call(send: send, fail: fail)
        order.append(nextNumber)
        return nextNumber
    }

    /// The timer is cancelled when the call leaves.
    mutating func setTimer(_ timer: Scheduled<Void>, of number: UInt64) {
        calls[number]?.timer = timer
    }

    mutating func removeFirst() -> Call? {
        while let number = order.popFirst() {
            if let call = remove(number) { return call }
        }
        return nil
    }

    /// Takes a call out of its turn; nil when it has left.
    mutating func remove(_ number: UInt64) -> Call? {
        guard let call = calls.removeValue(forKey: number) else { return nil }
        call.timer?.cancel()
        while let first = order.first, calls[first] == nil { order.removeFirst() }
        return call
    }
}
