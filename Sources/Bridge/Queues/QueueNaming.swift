// SPDX-License-Identifier: MIT
import QueueState

/// How the mesh's queues are called in SQS, which knows no dots: names of the mesh have no upper case,
/// so that upper case can stand for what SQS lacks, and for the dead letters.
struct QueueNaming: Sendable {
    /// Begins the name of every queue of this mesh; at most 12 bytes, as SQS allows 80 in all.
    let prefix: String

    static let prefixByteCountMax = 12
    private static let deadSuffix = "-DLQ"

    func source(_ queue: QueueName) -> String {
        prefix + queue.text.map { $0 == "." ? "D" : String($0) }.joined()
    }

    func deadLetters(_ queue: QueueName) -> String { source(queue) + Self.deadSuffix }

    /// The queue of the mesh that has this name in SQS; nil for dead letters and other queues.
    func queue(_ name: String) -> QueueName? {
        guard name.hasPrefix(prefix), !name.hasSuffix(Self.deadSuffix) else { return nil }
        let text = name.dropFirst(prefix.count).map { $0 == "D" ? "." : String($0) }.joined()
        return QueueName(text)
    }
}
