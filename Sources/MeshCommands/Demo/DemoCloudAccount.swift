// SPDX-License-Identifier: MIT
import Orders
import Wire

/// What a run through the bridge has left in AWS.
struct DemoCloudAccount: Sendable {
    var queues: [QueueStatistics] = []
    var letters: [String: [DeadLetter]] = [:]
    var receiptCount = 0
    var wrongReceipts: [String] = []
    /// Keys in force, and orders of the run that none of them names.
    var keyCount = 0
    var namelessOrders: [UniqueID] = []

    /// Whether no queue holds anything but dead letters.
    var isAtRest: Bool {
        !queues.isEmpty && queues.allSatisfy { $0.ready + $0.leased + $0.delayed == 0 }
    }

    var complaints: [String] {
        wrongReceipts.map { "receipt \($0) is not what was recorded" }
            + namelessOrders.map { "no key names order \($0)" }
    }

    /// For people: the dead letters by queue and reason, and the line that scripts look for.
    var text: String {
        var table = TextTable("QUEUE", "DEAD", "REASON")
        for (queue, letters) in letters.sorted(by: { $0.key < $1.key }) {
            let reasons = Dictionary(grouping: letters, by: \.reason)
            for (reason, these) in reasons.sorted(by: { $0.key < $1.key }) {
                table.add(queue, these.count, reason)
            }
        }
        let dead = letters.values.reduce(0) { $0 + $1.count }
        return table.text + "\ncloud: queues=empty letters=\(dead) receipts=\(receiptCount) "
            + "wrong=\(wrongReceipts.count) keys=\(keyCount) nameless=\(namelessOrders.count)"
    }
}
