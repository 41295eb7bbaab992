// SPDX-License-Identifier: MIT

/// What lay where before, what lies where now, and whether that adds up.
struct MigrationReport: Sendable {
    /// One queue.
    struct Row: Sendable {
        let queue: String
        /// When the migration began.
        let before: (source: QueueHolding, target: QueueHolding)
        let after: (source: QueueHolding, target: QueueHolding)
        /// By the journal, each message once.
        let moved: QueueHolding
        /// Of those moved, how many the target had already.
        let knownCount: Int
        /// How many were published once more. SQS counts copies, which the bridge tells apart: so many
        /// more may be counted there than there are messages.
        let repeatedCount: UInt64
        /// Dead letters that the source cannot read, and so cannot give.
        let unreadableCount: Int

        /// What does not add up; empty when all does.
        var objections: [String] {
            var objections: [String] = []
            func check(_ what: String, _ found: UInt64, _ wanted: UInt64) {
                if found != wanted {
                    objections.append("\(queue): \(what) \(found), expected \(wanted)")
                }
            }
            check("left at the source", after.source.live, 0)
            check("dead left at the source", after.source.dead, UInt64(unreadableCount))
            check("moved", moved.live, before.source.live)
            check("dead moved", moved.dead, before.source.dead - UInt64(unreadableCount))
            let wanted = before.target.live + moved.live - UInt64(knownCount)
            let found = after.target.live
            check(
                "at the target", found, min(max(found, wanted), wanted + repeatedCount))
            check("dead at the target", after.target.dead, before.target.dead + moved.dead)
            return objections
        }
    }

    private var rows: [Row] = []

    mutating func add(_ row: Row) { rows.append(row) }

    var objections: [String] { rows.flatMap(\.objections) }

    /// Live and dead, with a plus between them.
    var text: String {
        var table = TextTable(
            "QUEUE", "SOURCE BEFORE", "TARGET BEFORE", "MOVED", "SOURCE AFTER", "TARGET AFTER")
        for row in rows {
            table.add(
                row.queue, Self.cell(row.before.source), Self.cell(row.before.target),
                Self.cell(row.moved), Self.cell(row.after.source), Self.cell(row.after.target))
        }
        return table.text
    }

    private static func cell(_ holding: QueueHolding) -> String {
        "\(holding.live)+\(holding.dead)"
    }
}
