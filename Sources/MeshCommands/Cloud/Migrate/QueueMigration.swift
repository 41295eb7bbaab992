// SPDX-License-Identifier: MIT
import Foundation
import ServiceClients
import Sessions
import Wire

/// Moves one queue: its dead letters, then what is alive, and counts both.
struct QueueMigration: Sendable {
    private let queue: String
    private let ends: MigrationEnds
    private let journal: MigrationJournal

    init(_ queue: String, _ ends: MigrationEnds, _ journal: MigrationJournal) {
        self.queue = queue
        self.ends = ends
        self.journal = journal
    }

    /// Returns when the source is empty, or at `deadline`, with what then lies where.
    func run(until deadline: ContinuousClock.Instant) async throws -> MigrationReport.Row {
        try await open()
        let unreadable = try await DeadLetterMove(queue, ends, journal).run(until: deadline)
        try await MessageMove(queue, ends, journal).run(until: deadline)
        return try await count(unreadable)
    }

    /// Sees that the target has the queue, and notes what both hold, once.
    private func open() async throws {
        let statistics = try await ends.source.stats(of: queue).queues.first
        guard let statistics else { throw CommandError("no queue \(queue) at the source") }
        if try await ends.target.holding(of: queue) == nil {
            try await ends.target.declare(Declare(like: statistics, who: ends.who))
        }
        guard journal.account(of: queue).source == nil,
            let target = try await ends.target.holding(of: queue)
        else { return }
        try journal.write(
            .queue(name: queue, source: QueueHolding(statistics), target: target))
    }

    /// The bridge's counts come from SQS, which takes a moment: they are asked for until they match.
    private func count(_ unreadable: Int) async throws -> MigrationReport.Row {
        let last = ContinuousClock.now + .seconds(30)
        while true {
            let account = journal.account(of: queue)
            let none = QueueHolding(live: 0, dead: 0)
            let row = MigrationReport.Row(
                queue: queue,
                before: (account.source ?? none, account.target ?? none),
                after: (
                    try await ends.source.holding(of: queue) ?? none,
                    try await ends.target.holding(of: queue) ?? none
                ),
                moved: QueueHolding(
                    live: UInt64(account.moving.subtracting(account.buried).count),
                    dead: UInt64(account.buried.count)),
                knownCount: account.known.count, repeatedCount: account.repeatedCount,
                unreadableCount: unreadable)
            if row.objections.isEmpty || ContinuousClock.now > last { return row }
            try await Task.sleep(for: .milliseconds(500))
        }
    }
}

extension Declare {
    /// The same queue elsewhere. SQS has no groups that dead letters could hold, and says so itself.
    init(like queue: QueueStatistics, who: String) {
        self.init(
            queue: queue.queue, leaseMilliseconds: queue.leaseMilliseconds,
            attemptsMax: queue.attemptsMax, backoffBaseMilliseconds: queue.backoffBaseMilliseconds,
            backoffMaxMilliseconds: queue.backoffMaxMilliseconds, depthMax: queue.depthMax,
            byteDepthMax: queue.byteDepthMax, who: who, why: MigrationEnds.why,
            holdBehindDead: false)
    }
}
