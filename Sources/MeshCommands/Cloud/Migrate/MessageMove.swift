// SPDX-License-Identifier: MIT
import Orders
import ServiceClients
import Sessions
import Wire

/// Moves what is alive in one queue: as it becomes ready at the source it is published to the target
/// under its id, and settled at the source when the target has it.
struct MessageMove: Sendable {
    private let queue: String
    private let ends: MigrationEnds
    private let journal: MigrationJournal

    /// Deliveries in hand: as many as one frame of the target takes.
    private static let credit: UInt32 = 256
    private static let look = Duration.milliseconds(500)
    /// SQS counts with some delay: a queue is empty when it was found so several times in a row.
    private static let emptyLookCount = 3

    init(_ queue: String, _ ends: MigrationEnds, _ journal: MigrationJournal) {
        self.queue = queue
        self.ends = ends
        self.journal = journal
    }

    /// Returns when the source holds nothing alive, or at `deadline`.
    func run(until deadline: ContinuousClock.Instant) async throws {
        let subscription = try await ends.source.consume(queue, credit: Self.credit)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for try await batch in subscription {
                    try await carry(batch.deliveries, until: deadline)
                    ends.source.grant(batch.deliveries.count, for: batch, of: subscription)
                }
            }
            group.addTask {
                var emptyCount = 0
                while emptyCount < Self.emptyLookCount, ContinuousClock.now < deadline {
                    emptyCount = try await isEmpty() ? emptyCount + 1 : 0
                    try await Task.sleep(for: Self.look)
                }
            }
            // Whichever is first: the source is empty, time is up, or something failed.
            defer { group.cancelAll() }
            try await group.next()
        }
        // What is still in hand is given back unharmed.
        try await ends.source.stop(subscription)
    }

    private func isEmpty() async throws -> Bool {
        try await ends.source.holding(of: queue)?.live ?? 0 == 0
    }

    private func carry(
        _ deliveries: [Delivery], until deadline: ContinuousClock.Instant
    ) async throws {
        // Redriven only to be taken away: they lie among the dead at the target.
        let buried = journal.account(of: queue).buried
        let messages = deliveries.map(\.message).filter { !buried.contains($0.id.description) }
        if !messages.isEmpty {
            try await TargetCheck(queue, ends, journal).note(messages)
            try await ends.target.publishAll(messages, to: queue, until: deadline)
        }
        let results = try await ends.source.settle(
            deliveries.map {
                Settlement(
                    sequence: $0.sequence, token: $0.token, verdict: .ack,
                    retryAfterMilliseconds: 0, reason: "", outputs: [])
            }, in: queue)
        for result in results where result.code != 0 {
            // A lease that ended: it comes again, and the target knows it by its id.
            guard WireErrorCode(rawValue: result.code) == .staleLease else {
                throw CommandError("\(queue): not settled at the source: \(result.message)")
            }
        }
    }
}

extension BrokerClient {
    /// Publishes until the target has all of them: what may have been applied is repeated under the same
    /// ids, and a queue that is full is waited for.
    ///
    /// - Throws: when the target will not take one of them, or `deadline` passes.
    func publishAll(
        _ messages: [Envelope], to queue: String, until deadline: ContinuousClock.Instant
    ) async throws {
        var pause = Duration.milliseconds(100)
        while true {
            do throws(CallError) {
                let _: [UInt64] = try await publish(messages, to: queue)
                return
            } catch {
                let mayPass =
                    error.effect == .maybeApplied || error.retryAfter != nil
                    || error.code == .queueFull || error.code == .notConnected
                guard mayPass, ContinuousClock.now < deadline else {
                    throw CommandError("\(queue): not taken by the target: \(error)")
                }
                try await Task.sleep(for: error.retryAfter ?? pause)
                pause = min(pause * 2, .seconds(5))
            }
        }
    }
}
