// SPDX-License-Identifier: MIT
import Orders
import PostgresStore
import ServiceClients
import Sessions
import Wire

/// Brings a mesh without faults to rest: queues empty, dead letters redriven, every order final.
struct ChaosRest: Sendable {
    let broker: BrokerClient
    let pool: PostgresPool
    let log: ChaosLog

    /// Longer than the patience of the sweeper and of the reconciler, two minutes each.
    private static let patience = Duration.seconds(300)
    private static let pause = Duration.milliseconds(500)
    private static let redrivesMax = 20

    private static let open = PostgresStatement(
        "chaos.open",
        """
        SELECT (SELECT count(*) FROM outbox)
            + (SELECT count(*) FROM reservations WHERE state = 'held')
            + (SELECT count(*) FROM payments
                WHERE state NOT IN ('captured', 'declined', 'reversed'))
            + (SELECT count(*) FROM orders
                WHERE status NOT IN ('fulfilled', 'rejected', 'declined', 'cancelled'))
        """)

    /// What it took.
    struct Outcome: Sendable {
        var deadLetterCount: UInt64 = 0
        var redriveCount = 0
        /// Queues that are not empty in the end.
        var breaches: [ChaosBreach] = []
    }

    func reach() async throws -> Outcome {
        var outcome = Outcome()
        let deadline = ContinuousClock.now + Self.patience
        while ContinuousClock.now < deadline {
            do {
                let queues = try await broker.stats().queues
                let isQuiet = queues.allSatisfy { $0.ready + $0.leased + $0.delayed == 0 }
                let dead = queues.filter { $0.dead > 0 }
                if isQuiet, dead.isEmpty, try await openCount() == 0 { break }
                if isQuiet, !dead.isEmpty, outcome.redriveCount < Self.redrivesMax {
                    for queue in dead { outcome.deadLetterCount += try await redrive(queue.queue) }
                    outcome.redriveCount += 1
                }
            } catch let error as CallError {
                log.note("not at rest yet: \(error)")
            } catch let error as PostgresError {
                log.note("not at rest yet: \(error)")
            }
            try await Task.sleep(for: Self.pause)
        }
        outcome.breaches = try await leftOver()
        return outcome
    }

    private func openCount() async throws(PostgresError) -> Int64 {
        guard let row = try await pool.query(Self.open).first else { return 0 }
        return try row[0]
    }

    private func redrive(_ queue: String) async throws -> UInt64 {
        for letter in try await broker.deadLetters(of: queue, limit: 5) {
            log.note("dead letter in \(queue): \(DeadLetterText.describe(letter))")
        }
        let request = Redrive(queue, who: "chaos", why: "faults are over")
        let count = try await RedriveRun(request: request).run(broker) { _ in }
        log.say("\(count) dead letters of \(queue) redriven")
        return count
    }

    /// A queue that holds something when all is over.
    private func leftOver() async throws -> [ChaosBreach] {
        try await broker.stats().queues.compactMap { queue in
            let waiting = queue.ready + queue.leased + queue.delayed
            guard waiting + queue.dead > 0 else { return nil }
            return ChaosBreach(
                "queues run empty", queue.queue, "\(waiting) wait, \(queue.dead) are dead")
        }
    }
}
