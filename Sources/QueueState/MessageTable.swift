// SPDX-License-Identifier: MIT
import Orders

/// The messages of a queue, in slots that are used again. Grows by chunks, so that it never needs
/// twice its memory for a moment.
struct MessageTable {
    private var chunks: [ContiguousArray<StoredMessage>] = []
    private var firstFree: UInt32?
    private(set) var count = 0

    private static let chunkShift: UInt32 = 10
    private static let chunkCount: UInt32 = 1 << chunkShift

    subscript(slot: SlotIndex) -> StoredMessage {
        get { chunks[Int(slot.rawValue >> Self.chunkShift)][Self.inner(slot)] }
        _modify { yield &chunks[Int(slot.rawValue >> Self.chunkShift)][Self.inner(slot)] }
    }

    /// Whether `slot` holds the message with `sequence`, and not a later one.
    func holds(_ sequence: MessageSequence, in slot: SlotIndex) -> Bool {
        slot.rawValue >> Self.chunkShift < chunks.count
            && self[slot].sequence == sequence.rawValue
    }

    mutating func insert(_ message: StoredMessage) -> SlotIndex {
        if firstFree == nil { grow() }
        guard let free = firstFree else { preconditionFailure("the table just grew") }
        let slot = SlotIndex(free)
        let next = self[slot].recordOffset
        firstFree = next == .max ? nil : next
        self[slot] = message
        count += 1
        return slot
    }

    mutating func remove(_ slot: SlotIndex) {
        self[slot] = Self.free(next: firstFree ?? .max)
        firstFree = slot.rawValue
        count -= 1
    }

    func forEach(_ body: (SlotIndex, StoredMessage) -> Void) {
        var slot: UInt32 = 0
        while slot >> Self.chunkShift < chunks.count {
            let message = self[SlotIndex(slot)]
            if message.sequence != 0 { body(SlotIndex(slot), message) }
            slot += 1
        }
    }

    private mutating func grow() {
        let first = UInt32(chunks.count) << Self.chunkShift
        var chunk = ContiguousArray<StoredMessage>()
        chunk.reserveCapacity(Int(Self.chunkCount))
        for index in 0..<Self.chunkCount {
            let isLast = index == Self.chunkCount - 1
            chunk.append(Self.free(next: isLast ? .max : first + index + 1))
        }
        chunks.append(chunk)
        firstFree = first
    }

    private static func inner(_ slot: SlotIndex) -> Int {
        Int(slot.rawValue & (chunkCount - 1))
    }

    private static func free(next: UInt32) -> StoredMessage {
        var message = StoredMessage.none
        message.recordOffset = next
        return message
    }
}
