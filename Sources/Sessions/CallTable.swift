// SPDX-License-Identifier: MIT

import NIOCore

/// Requests that wait for their answers, found by correlation in constant time without hashing.
/// A correlation is slot + 1 below, and how often the slot was used above; it is never 0.
struct CallTable {
    /// Called once, on the event loop.
    typealias Completion = (Result<InboundFrame, CallError>) -> Void

    private struct Slot {
        var use: UInt32 = 0
        var deadline = NIODeadline.distantFuture
        var completion: Completion?
    }

    private var slots: [Slot] = []
    private var free: [UInt32] = []
    private(set) var count = 0
    /// No waiting call's deadline is earlier; may itself be too early.
    private(set) var earliestDeadline = NIODeadline.distantFuture

    /// Adds a call.
    /// - Returns: its correlation.
    mutating func insert(deadline: NIODeadline, _ completion: @escaping Completion) -> UInt64 {
        let index: Int
        if let last = free.popLast() {
            index = Int(last)
        } else {
            index = slots.count
            slots.append(Slot())
        }
        slots[index].use &+= 1
        slots[index].deadline = deadline
        slots[index].completion = completion
        count += 1
        earliestDeadline = min(earliestDeadline, deadline)
        return UInt64(slots[index].use) << 32 | UInt64(index + 1)
    }

    /// Takes a call out; nil when it is not, or no longer, waited for.
    mutating func remove(_ correlation: UInt64) -> Completion? {
        let index = Int(truncatingIfNeeded: correlation & 0xFFFF_FFFF) - 1
        guard slots.indices.contains(index),
            UInt64(slots[index].use) == correlation >> 32,
            let completion = slots[index].completion
        else { return nil }
        release(index)
        return completion
    }

    /// Takes out all whose deadline is not after `now`.
    mutating func removeExpired(at now: NIODeadline) -> [(correlation: UInt64, Completion)] {
        var expired: [(correlation: UInt64, Completion)] = []
        earliestDeadline = .distantFuture
        for index in slots.indices {
            guard let completion = slots[index].completion else { continue }
            if slots[index].deadline <= now {
                expired.append((UInt64(slots[index].use) << 32 | UInt64(index + 1), completion))
                release(index)
            } else {
                earliestDeadline = min(earliestDeadline, slots[index].deadline)
            }
        }
        return expired
    }

    /// Takes out all.
    mutating func removeAll() -> [Completion] {
        defer { self = CallTable() }
        return slots.compactMap(\.completion)
    }

    private mutating func release(_ index: Int) {
        slots[index].completion = nil
        free.append(UInt32(index))
        count -= 1
    }
}
