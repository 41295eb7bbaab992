// SPDX-License-Identifier: MIT

/// A hash table by sequence.
struct SequenceTable<Value: Sendable>: Sendable {
    private var table = HashTable<Value>()

    var count: Int { table.count }

    /// The value of `sequence`; setting nil removes it.
    subscript(sequence: MessageSequence) -> Value? {
        get { table[sequence.rawValue] }
        set { table[sequence.rawValue] = newValue }
    }

    func forEach(_ body: (MessageSequence, Value) -> Void) {
        table.forEach { body(MessageSequence($0), $1) }
    }
}
