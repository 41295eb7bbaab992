// SPDX-License-Identifier: MIT
import Daemon
import Idempotency
import Logging
import Orders
import PostgresStore
import Wire

/// Takes one batch through the database and the broker, and answers each request in it.
///
/// The order of things is what makes the answer true: the order, its key and its message in the
/// outbox are durable before anything is published; it is published before anybody is told. If the
/// broker refuses for want of room, the order is taken back before anybody is told. Whatever else
/// goes wrong with the broker, the outbox sees to the message, and the order stands.
struct BatchProcessor: Sendable {
    private let store: OrderStore
    private let queue: InventoryQueue
    private let gate: DepthGate
    private let sent: SentMessages
    private let clock: any MeshClock
    private let metrics: AdmissionMetrics
    private let logger: Logger

    init(
        store: OrderStore, queue: InventoryQueue, gate: DepthGate, sent: SentMessages,
        clock: any MeshClock, metrics: AdmissionMetrics, logger: Logger
    ) {
        self.store = store
        self.queue = queue
        self.gate = gate
        self.sent = sent
        self.clock = clock
        self.metrics = metrics
        self.logger = logger
    }

    /// - Returns: those whose key another process has claimed and not handed over yet, and who have
    ///   patience left.
    func process(_ batch: [OrderGatherer.Waiting]) async -> [OrderGatherer.Waiting] {
        let now = clock.now()
        metrics.batch(of: batch.count)
        let plan = BatchPlan(batch, now: now)
        for waiting in plan.conflicting {
            waiting.continuation.resume(returning: .refused(.keyConflict))
        }
        for waiting in plan.late { waiting.continuation.resume(returning: .refused(.late)) }
        let claims: [OrderID: OrderStore.Claim]
        do throws(PostgresError) {
            claims = try await store.store(
                plan.groups.map(\.leader.candidate), at: now, isSent: sent.contains)
        } catch {
            refuse(plan.groups, error)
            return []
        }
        var stored: [BatchPlan.Group] = []
        var unsettled: [OrderGatherer.Waiting] = []
        for group in plan.groups {
            switch claims[group.leader.candidate.id] {
            case .stored: stored.append(group)
            case .held(let state):
                if let answer = Self.answer(group, held: state, now: now) {
                    group.answer(answer)
                } else {
                    unsettled += group.withoutImpatient(at: now)
                }
            case nil: unsettled += group.withoutImpatient(at: now)
            }
        }
        if !stored.isEmpty { await handOver(stored) }
        return unsettled
    }

    // MARK: - Keys

    /// Nil while the first request of the key is under way.
    private static func answer(
        _ group: BatchPlan.Group, held: IdempotencyKeyState, now: MeshInstant
    ) -> PlaceAnswer? {
        var state = held
        return switch state.request(group.leader.candidate.claim, now: now) {
        case .replay(let claim): .replayed(Placement(claim))
        case .conflict: .refused(.keyConflict)
        // A claim here means that the key expired while we looked at it.
        case .inProgress, .claim: nil
        }
    }

    // MARK: - The broker

    private func handOver(_ groups: [BatchPlan.Group]) async {
        let candidates = groups.map(\.leader.candidate)
        switch await queue.publish(candidates) {
        case .applied:
            sent.add(candidates)
            accept(groups)
        case .refused(let reason):
            await takeBack(groups, because: reason)
        case .ambiguous(let reason):
            logger.warning(
                "orders wait in the outbox",
                metadata: .keyed([
                    .count: .stringConvertible(groups.count), .reason: "\(reason)",
                ]))
            await keep(groups)
        }
    }

    private func accept(_ groups: [BatchPlan.Group]) {
        for group in groups {
            group.answer(.accepted(Placement(group.leader.candidate.claim)))
        }
    }

    private func keep(_ groups: [BatchPlan.Group]) async {
        do throws(PostgresError) {
            try await store.markTried(groups.map(\.leader.candidate.message), at: clock.now())
        } catch {
            // Only repeats suffer: they are told to wait until the sweeper has been here.
            logger.warning("outbox not marked", metadata: .keyed([.error: "\(error)"]))
        }
        accept(groups)
    }

    private func takeBack(_ groups: [BatchPlan.Group], because reason: String) async {
        var generator = SystemRandomNumberGenerator()
        var refusal = Refusal(.overloaded, reason)
        refusal.stage = gate.slowestStage
        do throws(PostgresError) {
            let cancelled = try await store.cancel(
                groups.map(\.leader.candidate), because: reason, at: clock.now())
            for group in groups where cancelled.contains(group.leader.candidate.id) {
                let key = group.leader.candidate.scopedKey
                refusal.retryAfter = gate.pause(of: key, at: clock.now(), using: &generator)
                group.answer(.refused(refusal))
            }
            accept(groups.filter { !cancelled.contains($0.leader.candidate.id) })
        } catch {
            // The outbox still has them: the sweeper will hand them over when there is room.
            logger.error("orders not taken back", metadata: .keyed([.error: "\(error)"]))
            for group in groups {
                group.answer(.refused(.away("The database", effect: .maybeApplied)))
            }
        }
    }

    private func refuse(_ groups: [BatchPlan.Group], _ error: PostgresError) {
        logger.error("orders not stored", metadata: .keyed([.error: "\(error)"]))
        let effect: Effect = error.mayHaveBeenApplied ? .maybeApplied : .notApplied
        for group in groups {
            group.answer(.refused(.away("The database", effect: effect)))
        }
    }
}
