// SPDX-License-Identifier: MIT
import Orders
import Saga

/// What a stage does in one move when nothing goes wrong: the same in few words as `InventoryStage`,
/// `PaymentStage` and `FulfillmentStage` do in SQL.
extension SagaWorld {
    /// The world after the next move of `worker`.
    func after(_ worker: Worker, _ rules: SagaRules) -> SagaWorld {
        var world = self
        var worker = worker
        world.workers.remove(worker)
        guard case .settle(let verdict, let outputs) = worker.phase else {
            worker.phase = world.advance(worker, rules)
            if rules.hasFences, world.status != status {
                world.fence = max(fence, worker.token)
            }
            world.workers.insert(worker)
            return world
        }
        world.settle(worker, verdict, outputs, rules)
        return world
    }

    private mutating func advance(_ worker: Worker, _ rules: SagaRules) -> Phase {
        switch worker.phase {
        case .begin:
            let decision =
                worker.token < fence
                ? .overtaken : rules.decide(worker.message.kind, status, payment?.state)
            return switch worker.message.kind {
            case .reserve: reserve(worker, decision, rules)
            case .release: release(worker, decision)
            case .charge: charge(worker, decision)
            case .reverse: reverse(worker, decision)
            case .fulfil: fulfil(worker, decision)
            case .notify, .tell: .settle(.done, [])
            }
        case .ask(let attempt): return .record(attempt, charged(attempt, rules))
        case .look(let attempt): return look(attempt)
        case .record(let attempt, let answer): return record(answer, attempt, worker, rules)
        case .giveBack(let attempt, let reason):
            if provider[attempt] == .charged { provider[attempt] = .reversed }
            return .recordGivenBack(attempt, reason)
        case .recordGivenBack(let attempt, let reason):
            return recordGivenBack(attempt, reason, worker)
        case .giveUp: return giveUp(worker)
        case .conclude: return conclude(worker, rules)
        case .settle: return worker.phase
        }
    }

    /// Each change of status must be one that the saga knows.
    mutating func move(to next: OrderStatus) {
        precondition(
            next == status || status.successors.contains(next), "\(next) after \(status)")
        status = next
    }

    /// Fails: again, or for the last time.
    static func failed(_ worker: Worker) -> Phase {
        worker.message.leaseCount >= leaseCountMax ? .giveUp : .settle(.retry, [])
    }

    // MARK: - Inventory

    private mutating func reserve(
        _ worker: Worker, _ decision: SagaDecision, _ rules: SagaRules
    ) -> Phase {
        let charge = Output(kind: .charge, attempt: payment?.attempt ?? 0)
        switch decision {
        case .perform where rules.hasStock:
            move(to: .reserved)
            stock = .held
            return .settle(.done, [charge])
        case .perform:
            move(to: .rejected)
            return .settle(.done, [])
        case .alreadyDone: return .settle(.done, status == .rejected ? [] : [charge])
        case .obsolete: return .settle(.done, [])
        case .overtaken: return .settle(.release, [])
        case .resume, .restart, .conflict: return Self.failed(worker)
        }
    }

    private mutating func release(_ worker: Worker, _ decision: SagaDecision) -> Phase {
        switch decision {
        case .perform:
            if stock == .held { stock = .released }
            return .settle(.done, [])
        case .obsolete: return .settle(.done, [])
        case .overtaken: return .settle(.release, [])
        case .alreadyDone, .resume, .restart, .conflict: return Self.failed(worker)
        }
    }

    // MARK: - Fulfillment

    private mutating func fulfil(_ worker: Worker, _ decision: SagaDecision) -> Phase {
        let attempt = payment?.attempt ?? 0
        switch decision {
        case .perform where attempt != worker.message.attempt: return .settle(.done, [])
        case .perform:
            guard stock == .held else { return Self.failed(worker) }
            stock = .shipped
            payment?.state = .captured
            move(to: .fulfilled)
            return .settle(.done, [])
        case .alreadyDone, .obsolete: return .settle(.done, [])
        case .restart: return .settle(.done, [Output(kind: .charge, attempt: attempt)])
        case .overtaken: return .settle(.release, [])
        case .resume, .conflict: return Self.failed(worker)
        }
    }
}
