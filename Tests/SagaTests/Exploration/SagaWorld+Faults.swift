// SPDX-License-Identifier: MIT
import Orders
import Saga

/// What may go wrong, at every point between two effects.
extension SagaWorld {
    func faults(of worker: Worker, _ rules: SagaRules) -> [Move] {
        var moves = [lost(worker)]
        func fault(_ name: String, _ change: (inout SagaWorld, inout Worker) -> Void) {
            var world = self
            var changed = worker
            world.workers.remove(worker)
            world.faultsLeft -= 1
            change(&world, &changed)
            world.workers.insert(changed)
            moves.append(Move("\(worker.message.kind): \(name)", world, isFault: true))
        }
        if worker.hasLease {
            fault("lease ends") { world, worker in
                world.takeBack(worker.message)
                worker.hasLease = false
            }
        }
        switch worker.phase {
        case .ask(let attempt):
            fault("refused connection") { $1.phase = .record(attempt, .unavailable) }
            fault("answer lost") { world, worker in
                _ = world.charged(attempt, rules)
                worker.phase = .record(attempt, .unknown)
            }
            fault("request late") { world, worker in
                world.underWay.insert(attempt)
                worker.phase = .record(attempt, .unknown)
            }
        case .look(let attempt): fault("no answer") { $1.phase = .record(attempt, .unknown) }
        case .giveBack(let attempt, let reason):
            for isApplied in [false, true] {
                fault("answer lost") { world, worker in
                    if isApplied, world.provider[attempt] == .charged {
                        world.provider[attempt] = .reversed
                    }
                    worker.phase = reason == .givingUp ? .conclude : Self.failed(worker)
                }
            }
        case .begin where worker.message.kind != .release:
            fault("work fails") { $1.phase = Self.failed($1) }
        case .settle(.done, let outputs) where worker.hasLease:
            if outputs.contains(where: { !$0.kind.isNeverRefused }) {
                fault("queue full") { $1.phase = $0.refused($1) }
            }
        case .begin, .record, .recordGivenBack, .giveUp, .conclude, .settle: break
        }
        return moves
    }

    private func lost(_ worker: Worker) -> Move {
        var world = self
        world.workers.remove(worker)
        world.faultsLeft -= 1
        if worker.hasLease { world.takeBack(worker.message) }
        return Move("\(worker.message.kind): crash", world, isFault: true)
    }

    /// The hand-over was refused and surely not applied: a charge that stands goes back.
    private mutating func refused(_ worker: Worker) -> Phase {
        guard worker.message.kind == .charge, status == .charged, let payment,
            payment.state == .charged
        else { return worker.phase }
        self.payment?.state = .reversing
        move(to: .charging)
        return .giveBack(payment.attempt, .notHandedOver)
    }
}
