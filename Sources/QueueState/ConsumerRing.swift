// SPDX-License-Identifier: MIT

/// The consumers of a queue, served in turn, each within the credit it gave.
struct ConsumerRing {
    private struct Consumer {
        let id: ConsumerID
        let worker: String
        var credit: UInt32
    }

    private var consumers: [Consumer] = []
    private var turn = 0

    /// A consumer takes at most this many messages before the next one's turn.
    private static let runCountMax: UInt32 = 256

    var isEmpty: Bool { consumers.isEmpty }

    var hasCredit: Bool { consumers.contains { $0.credit > 0 } }

    mutating func add(_ id: ConsumerID, worker: String, credit: UInt32) {
        consumers.append(Consumer(id: id, worker: worker, credit: credit))
    }

    mutating func remove(_ id: ConsumerID) {
        consumers.removeAll { $0.id == id }
        turn = 0
    }

    mutating func removeAllCredit() {
        for index in consumers.indices { consumers[index].credit = 0 }
    }

    mutating func addCredit(_ credit: UInt32, to id: ConsumerID) {
        guard let index = consumers.firstIndex(where: { $0.id == id }) else { return }
        let (sum, overflow) = consumers[index].credit.addingReportingOverflow(credit)
        consumers[index].credit = overflow ? .max : sum
    }

    func worker(of id: ConsumerID) -> String {
        consumers.first { $0.id == id }?.worker ?? ""
    }

    /// The consumer whose turn it is and how many messages it may take; nil when none has credit.
    mutating func next() -> (id: ConsumerID, limit: UInt32)? {
        for _ in consumers.indices {
            turn = (turn + 1) % consumers.count
            let consumer = consumers[turn]
            if consumer.credit > 0 { return (consumer.id, min(consumer.credit, Self.runCountMax)) }
        }
        return nil
    }

    /// Takes `count` off the credit of the consumer that `next` named.
    mutating func spend(_ count: UInt32) {
        consumers[turn].credit -= count
    }
}
