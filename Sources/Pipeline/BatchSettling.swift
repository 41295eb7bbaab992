// SPDX-License-Identifier: MIT
import Daemon
import Logging
import Orders
import PostgresStore
import Saga

/// Settles one batch and sees each refusal to its end.
struct BatchSettling<Handler: StageHandler, Queue: StepQueue> {
    private let runtime: StageRuntime<Handler, Queue>
    private let steps: [UInt64: Step]
    /// When to stop trying: the leases will have ended, and the steps come again.
    private let deadline: ContinuousClock.Instant

    init(
        _ runtime: StageRuntime<Handler, Queue>, steps: [Step],
        until deadline: ContinuousClock.Instant
    ) {
        self.runtime = runtime
        self.steps = Dictionary(steps.map { ($0.delivery.sequence, $0) }) { first, _ in first }
        self.deadline = deadline
    }

    /// False when the database failed while a refusal was handled.
    func settle(_ settlements: [StepSettlement]) async -> Bool {
        var open = settlements
        var pause = Duration.milliseconds(50)
        while !open.isEmpty, !Task.isCancelled {
            let answers = await runtime.queue.settle(open, in: runtime.handler.queue)
            var next: [StepSettlement] = []
            var wait = Duration.zero
            for (settlement, answer) in zip(open, answers) {
                do throws(PostgresError) {
                    guard let again = try await follow(settlement, answer) else { continue }
                    next.append(again.settlement)
                    wait = max(wait, again.after ?? pause)
                } catch {
                    // Not settled: it comes again and finds what its handling has left.
                    return false
                }
            }
            open = next
            guard !open.isEmpty else { break }
            guard .now + wait < deadline else {
                await runtime.handBack(open.map(\.delivery))
                break
            }
            do { try await Task.sleep(for: wait) } catch { break }
            pause = min(pause * 2, .seconds(2))
        }
        return true
    }

    /// What is to be settled next, when this answer is not the end of it.
    private func follow(
        _ settlement: StepSettlement, _ answer: SettleAnswer
    ) async throws(PostgresError) -> (settlement: StepSettlement, after: Duration?)? {
        switch answer {
        case .settled:
            ended(settlement)
            return nil
        case .stale:
            runtime.metrics.leaseWasStale()
            return nil
        case .unreachable:
            return (settlement, nil)
        case .refused(let reason, let retryAfter):
            return try await refused(settlement, reason, retryAfter)
        case .ambiguous(let reason):
            // Publishing is part of the same record: the outputs are there, or nothing was applied.
            switch await haveArrived(settlement.outputs) {
            case .some(true):
                ended(settlement)
                return nil
            case .some(false):
                return (settlement, nil)
            case .none:
                // Left alone: once the lease ends the step comes again and sends the same messages.
                log(settlement, reason)
                return nil
            }
        }
    }

    private func refused(
        _ settlement: StepSettlement, _ reason: String, _ retryAfter: Duration?
    ) async throws(PostgresError) -> (settlement: StepSettlement, after: Duration?)? {
        runtime.metrics.handOverRefused()
        log(settlement, reason)
        guard let step = steps[settlement.delivery.sequence] else {
            return (settlement, retryAfter)
        }
        let instead = try await runtime.handler.handOverRefused(
            step, reason: reason, retryAfter: retryAfter)
        guard var outcome = instead else { return (settlement, retryAfter) }
        if case .retry(let reason, _) = outcome.verdict, step.delivery.isLastAttempt {
            outcome = try await runtime.handler.givenUp(step, reason: reason)
        }
        return (StepSettlement(step.delivery, outcome), .zero)
    }

    /// Nil when it cannot be known.
    private func haveArrived(_ outputs: [StepSettlement.Output]) async -> Bool? {
        guard let first = outputs.first else { return nil }
        let ids = outputs.filter { $0.queue == first.queue }.map(\.id)
        let seen = await runtime.queue.hasSeen(ids, in: first.queue)
        return seen.map { $0.contains(true) }
    }

    /// The end of a step, counted and told: the order's way can be followed by its correlation id
    /// through the logs of all stages. A retry was told when it was decided.
    private func ended(_ settlement: StepSettlement) {
        let end = settlement.end
        runtime.metrics.settled(end)
        let step = steps[settlement.delivery.sequence]
        switch end {
        case .acknowledge:
            guard let step else { return }
            runtime.logger.info("step done", metadata: step.metadata())
        case .dead(let reason):
            runtime.logger.error(
                "step is dead",
                metadata: step?.metadata(reason: reason)
                    ?? settlement.delivery.metadata(stage: runtime.handler.queue, reason: reason))
        case .retry, .release: return
        }
    }

    private func log(_ settlement: StepSettlement, _ reason: String) {
        guard let step = steps[settlement.delivery.sequence] else { return }
        runtime.logger.warning("hand-over failed", metadata: step.metadata(reason: reason))
    }
}

extension StepSettlement {
    /// What the verdict comes to: a retry of the last attempt is the dead letters.
    fileprivate var end: StepOutcome.Verdict {
        guard case .retry(let reason, _) = verdict, delivery.isLastAttempt else { return verdict }
        return .dead(reason: reason)
    }
}
