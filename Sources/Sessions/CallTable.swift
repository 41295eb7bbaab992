// SPDX-License-Identifier: MIT

import NIOCore

/// Requests that wait for their answers, found by correlation in constant time without hashing.
/// A correlation is slot + 1 below, and how often the slot was used above; it is never 0.
///
/// A call that is abandoned keeps its slot until its answer comes, which a server gives all the same
/// [H-9]: it counts among those in flight there [H-7].
struct CallTable {
    /// Called once, on the event loop.
    typealias Completion = (Result<InboundFrame, CallError>) -> Void

    private struct Slot {
        var use: UInt32 = 0
        var deadline = NIODeadline.distantFuture
        var completion: Completion?
        var isAbandoned = false
    }

    private var slots: [Slot] = []
    private var free: [UInt32] = []
    /// Calls that are waited for.
    private(set) var count = 0
    private var abandonedCount = 0
    /// No waiting call's deadline is earlier; may itself be too early.
    private(set) var earliestDeadline = NIODeadline.distantFuture

    /// Calls that the server has not answered.
    var inFlightCount: Int { count + abandonedCount }

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

    /// Takes out a call that was answered, or never sent; nil when it is not, or no longer, waited for.
    mutating func remove(_ correlation: UInt64) -> Completion? {
        guard let index = index(of: correlation) else { return nil }
        let completion = take(index)
        if slots[index].isAbandoned {
            slots[index].isAbandoned = false
            abandonedCount -= 1
        }
        free.append(UInt32(index))
        return completion
    }

    /// Waits no longer for a call that was sent; nil when it is not, or no longer, waited for.
    mutating func abandon(_ correlation: UInt64) -> Completion? {
        guard let index = index(of: correlation), let completion = take(index) else { return nil }
        slots[index].isAbandoned = true
        abandonedCount += 1
        return completion
    }

    /// Abandons all whose deadline is not after `now`.
    mutating func abandonExpired(at now: NIODeadline) -> [(correlation: UInt64, Completion)] {
        var expired: [(correlation: UInt64, Completion)] = []
        earliestDeadline = .distantFuture
        for index in slots.indices {
            guard slots[index].completion != nil else { continue }
            if slots[index].deadline <= now {
                let correlation = UInt64(slots[index].use) << 32 | UInt64(index + 1)
                if let completion = abandon(correlation) {
                    expired.append((correlation, completion))
                }
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

    /// The slot in use under this correlation.
    private func index(of correlation: UInt64) -> Int? {
        let index = Int(truncatingIfNeeded: correlation & 0xFFFF_FFFF) - 1
        guard slots.indices.contains(index), UInt64(slots[index].use) == correlation >> 32,
            slots[index].completion != nil || slots[index].isAbandoned
        else { return nil }
        return index
    }

    private mutating func take(_ index: Int) -> Completion? {
        guard let completion = slots[index].completion else { return nil }
        slots[index].completion = nil
        count -= 1
        return completion
    }
}
