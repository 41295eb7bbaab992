// SPDX-License-Identifier: MIT
import DequeModule

/// What happened, in order: all of it as one hash, the last of it as lines for people.
struct EventTrace {
    /// What a line begins with.
    enum Kind: UInt8 {
        case asked, answered, refused, delivered, heard, connected, cut, wrote, read, archived,
            passed
        case stepped, armed, failed, killed, lost, recovered, flipped, filled, emptied, checked
    }

    private struct Event {
        let step: Int
        let kind: Kind
        let numbers: (UInt64, UInt64, UInt64)
        let note: StaticString
    }

    /// Two runs with the same hash did the same.
    private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    var step = 0
    private var events: Deque<Event> = []

    private static let eventCountMax = 400

    mutating func note(
        _ kind: Kind, _ note: StaticString = "", _ first: UInt64 = 0, _ second: UInt64 = 0,
        _ third: UInt64 = 0
    ) {
        mix(UInt64(kind.rawValue) << 32 | UInt64(step))
        mix(first)
        mix(second)
        mix(third)
        if events.count == Self.eventCountMax { events.removeFirst() }
        events.append(Event(step: step, kind: kind, numbers: (first, second, third), note: note))
    }

    /// The last events, oldest first.
    var lines: [String] {
        events.map { event in
            let (first, second, third) = event.numbers
            return "\(event.step) \(event.kind) \(event.note) \(first) \(second) \(third)"
        }
    }

    private mutating func mix(_ word: UInt64) {
        hash = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
        hash ^= hash >> 29
    }
}
