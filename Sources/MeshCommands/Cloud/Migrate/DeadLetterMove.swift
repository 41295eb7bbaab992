// SPDX-License-Identifier: MIT
import Orders
import ServiceClients
import Sessions
import Wire

/// Moves the dead letters of one queue, each as a dead letter with its reason and its attempts.
///
/// No verb puts a message among the dead: it is published to the target and failed there as often as it
/// had failed. Then it is redriven at the source, for `MessageMove` to take away. Nobody else may consume
/// from either end meanwhile.
struct DeadLetterMove: Sendable {
    private let queue: String
    private let ends: MigrationEnds
    private let journal: MigrationJournal

    /// Letters that are buried at the same time.
    private static let batchCountMax = 64

    init(_ queue: String, _ ends: MigrationEnds, _ journal: MigrationJournal) {
        self.queue = queue
        self.ends = ends
        self.journal = journal
    }

    /// - Returns: how many cannot be read at the source, and stay.
    func run(until deadline: ContinuousClock.Instant) async throws -> Int {
        let letters = try await ends.source.allDeadLetters(of: queue)
        let readable = letters.filter { $0.unreadable.isEmpty }
        let known = Set(try await ends.target.allDeadLetters(of: queue).map(\.message.id))
        let missing = readable.filter { !known.contains($0.message.id) }
        for start in stride(from: 0, to: missing.count, by: Self.batchCountMax) {
            let end = min(start + Self.batchCountMax, missing.count)
            try await bury(Array(missing[start..<end]), until: deadline)
        }
        for start in stride(from: 0, to: readable.count, by: Self.batchCountMax) {
            let end = min(start + Self.batchCountMax, readable.count)
            let batch = readable[start..<end]
            try journal.write(.buried(queue: queue, ids: batch.map(\.message.id.description)))
            var request = Redrive(queue, who: ends.who, why: MigrationEnds.why)
            request.sequences = batch.map(\.sequence)
            _ = try await ends.source.redrive(request)
        }
        return letters.count - readable.count
    }

    /// Publishes letters and fails them until each is dead.
    private func bury(
        _ letters: [DeadLetter], until deadline: ContinuousClock.Instant
    ) async throws {
        _ = try await TargetCheck(queue, ends, journal).heldAtTarget(letters.map(\.message))
        try await ends.target.publishAll(letters.map(\.message), to: queue, until: deadline)
        let subscription = try await ends.target.consume(
            queue, credit: UInt32(Self.batchCountMax))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await failAll(letters, subscription) }
            group.addTask {
                // The only end of patience: what was published may be on lease elsewhere.
                try await ContinuousClock().sleep(until: deadline)
                throw CommandError(
                    "\(queue): dead letters could not be buried at the target in time")
            }
            defer { group.cancelAll() }
            try await group.next()
        }
        // Others that came are given back unharmed.
        try await ends.target.stop(subscription)
    }

    private func failAll(
        _ letters: [DeadLetter], _ subscription: BrokerSubscription
    ) async throws {
        var open = Dictionary(letters.map { ($0.message.id, $0) }) { first, _ in first }
        for try await batch in subscription {
            try await fail(batch.deliveries, &open)
            guard !open.isEmpty else { return }
            ends.target.grant(batch.deliveries.count, for: batch, of: subscription)
        }
    }

    /// One more attempt of each fails, as it did at the source; the last one is its end.
    private func fail(
        _ deliveries: [Delivery], _ open: inout [UniqueID: DeadLetter]
    ) async throws {
        let settlements = deliveries.compactMap { delivery in
            open[delivery.message.id].map { Settlement(failing: delivery, as: $0) }
        }
        guard !settlements.isEmpty else { return }
        let results = try await ends.target.settle(settlements, in: queue)
        let tokens = Dictionary(deliveries.map { ($0.token, $0.message.id) }) { first, _ in first }
        for (settlement, result) in zip(settlements, results)
        where result.code == 0 && settlement.verdict == .dead {
            tokens[settlement.token].map { open[$0] = nil }
        }
    }
}

extension Settlement {
    fileprivate init(failing delivery: Delivery, as letter: DeadLetter) {
        let index = Int(delivery.attempt) - 1
        let isLast =
            index + 1 >= letter.attempts.count || delivery.attempt >= delivery.attemptsMax
        self.init(
            sequence: delivery.sequence, token: delivery.token,
            verdict: isLast ? .dead : .retry, retryAfterMilliseconds: 1,
            reason: isLast ? letter.reason : letter.attempts[index].error, outputs: [])
    }
}

extension BrokerClient {
    /// All of them, page by page.
    func allDeadLetters(of queue: String) async throws(CallError) -> [DeadLetter] {
        var letters: [DeadLetter] = []
        var after: UInt64 = 0
        while true {
            let page = try await search(
                DeadLetters(queue: queue, after: after, limit: 1_000, filter: .all))
            letters += page.letters
            guard page.next > 0 else { return letters }
            after = page.next
        }
    }
}
