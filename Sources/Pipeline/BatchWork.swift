// SPDX-License-Identifier: MIT
import Daemon
import Logging
import Orders
import PostgresStore
import Saga

/// One batch on its way through a stage: understood, handled, settled.
struct BatchWork<Handler: StageHandler, Queue: StepQueue> {
    let runtime: StageRuntime<Handler, Queue>

    init(_ runtime: StageRuntime<Handler, Queue>) {
        self.runtime = runtime
    }

    /// Nil when it was handled; else why the stage may not be able to work. The batch was then handed
    /// back, unless it was of one order: that fails by itself for all that can be seen, and must come
    /// to an end.
    func process(_ batch: [StepDelivery]) async -> String? {
        let lease = batch.map(\.lease).min() ?? .seconds(30)
        return await withTaskGroup(of: End?.self) { group in
            group.addTask {
                await keepLeases(of: batch, lease)
                return nil
            }
            group.addTask { End(obstacle: await work(on: batch, lease)) }
            var obstacle: String?
            while let ended = await group.next() {
                guard let end = ended else { continue }
                obstacle = end.obstacle
                group.cancelAll()
            }
            await runtime.queue.done(with: batch, in: runtime.handler.queue)
            return obstacle
        }
    }

    /// How the work on a batch ended.
    private struct End {
        let obstacle: String?
    }

    private static var databaseAway: String { "the database is away" }

    /// Prolongs the leases while the batch is in the works: at half time, for the whole again.
    private func keepLeases(of batch: [StepDelivery], _ lease: Duration) async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: lease / 2) } catch { return }
            await runtime.queue.extend(batch, by: lease, in: runtime.handler.queue)
        }
    }

    private func work(on batch: [StepDelivery], _ lease: Duration) async -> String? {
        let started = ContinuousClock.now
        var settlements: [StepSettlement] = []
        var steps: [Step] = []
        for delivery in batch {
            do throws(StepMessageError) {
                let message = try StepMessage(decoding: delivery.body)
                steps.append(Step(delivery: delivery, message: message))
            } catch {
                let outcome = StepOutcome(.dead(reason: "not a step message: \(error)"))
                settlements.append(StepSettlement(delivery, outcome))
            }
        }
        var outcomes: [(Step, StepOutcome)] = []
        for round in Self.rounds(steps) {
            do throws(PostgresError) {
                outcomes += try await handle(round)
            } catch {
                await handBack(batch, outcomes, settlements, "\(error)")
                return Self.databaseAway
            }
        }
        let obstacle = Self.obstacle(outcomes)
        if let obstacle, Self.isShared(outcomes) {
            await handBack(batch, [], settlements, obstacle)
            return obstacle
        }
        settlements += outcomes.map { StepSettlement($0.0.delivery, $0.1) }
        runtime.metrics.handled(started.duration(to: .now))
        let settling = BatchSettling(runtime, steps: steps, until: started + lease / 2 * 3)
        return await settling.settle(settlements) ? obstacle : Self.databaseAway
    }

    /// Why every one of the steps failed, when it was for no order's own reason.
    private static func obstacle(_ outcomes: [(Step, StepOutcome)]) -> String? {
        guard !outcomes.isEmpty, outcomes.allSatisfy({ $0.1.isOfTheStage }) else { return nil }
        for (_, outcome) in outcomes {
            if case .retry(let reason, _) = outcome.verdict { return reason }
        }
        return "what the stage stands on failed"
    }

    private static func isShared(_ outcomes: [(Step, StepOutcome)]) -> Bool {
        outcomes.contains { $0.0.order != outcomes[0].0.order }
    }

    /// Splits the steps so that no order occurs twice in one round; their sequence stays.
    static func rounds(_ steps: [Step]) -> [[Step]] {
        var rounds: [[Step]] = []
        var nextRound: [OrderID: Int] = [:]
        for step in steps {
            let round = nextRound[step.order, default: 0]
            nextRound[step.order] = round + 1
            if round == rounds.count { rounds.append([]) }
            rounds[round].append(step)
        }
        return rounds
    }

    /// All at once; when that fails through one of them, each by itself.
    private func handle(_ steps: [Step]) async throws(PostgresError) -> [(Step, StepOutcome)] {
        var outcomes: [(Step, StepOutcome)] = []
        do throws(PostgresError) {
            outcomes = Array(zip(steps, try await runtime.handler.handle(steps)))
        } catch  where !error.isInfrastructure {
            for step in steps {
                outcomes.append((step, try await handleAlone(step)))
            }
        }
        let isHandedBack = Self.obstacle(outcomes) != nil && Self.isShared(outcomes)
        for (index, (step, outcome)) in outcomes.enumerated() {
            guard case .retry(let reason, _) = outcome.verdict else { continue }
            log(step, reason)
            guard step.delivery.isLastAttempt else { continue }
            if isHandedBack {
                // Handed back, also when another round of the batch went well.
                outcomes[index].1.verdict = .release
                continue
            }
            outcomes[index].1 = try await giveUp(step, reason)
        }
        return outcomes
    }

    private func handleAlone(_ step: Step) async throws(PostgresError) -> StepOutcome {
        do throws(PostgresError) {
            let outcomes = try await runtime.handler.handle([step])
            return outcomes.first ?? .retry("the stage gave no outcome")
        } catch  where !error.isInfrastructure {
            return .retry("\(error)")
        }
    }

    private func giveUp(_ step: Step, _ reason: String) async throws(PostgresError) -> StepOutcome {
        do throws(PostgresError) {
            return try await runtime.handler.givenUp(step, reason: reason)
        } catch  where !error.isInfrastructure {
            return .retry("\(reason); giving up failed too: \(error)")
        }
    }

    /// The rounds that were handled are settled; the rest goes back.
    private func handBack(
        _ batch: [StepDelivery], _ outcomes: [(Step, StepOutcome)],
        _ settlements: [StepSettlement], _ reason: String
    ) async {
        runtime.logger.warning(
            "batch handed back",
            metadata: .keyed([
                .stage: "\(runtime.handler.queue.rawValue)", .error: "\(reason)",
                .count: "\(batch.count)",
            ]))
        let done = settlements + outcomes.map { StepSettlement($0.0.delivery, $0.1) }
        let doneSequences = Set(done.map(\.delivery.sequence))
        if !done.isEmpty {
            _ = await runtime.queue.settle(done, in: runtime.handler.queue)
        }
        await runtime.handBack(batch.filter { !doneSequences.contains($0.sequence) })
    }

    private func log(_ step: Step, _ reason: String) {
        runtime.logger.warning("step failed", metadata: step.metadata(reason: reason))
    }
}
