// SPDX-License-Identifier: MIT
import Orders
import Saga

extension SagaWorld {
    /// One thing that may happen next.
    struct Move {
        let name: String
        let world: SagaWorld
        /// Whether it is something going wrong, or an operator: what progress must not rest on.
        let isFault: Bool

        init(_ name: String, _ world: SagaWorld, isFault: Bool = false) {
            self.name = name
            self.world = world
            self.isFault = isFault
        }
    }

    /// All that may happen next.
    func moves(_ rules: SagaRules) -> [Move] {
        var moves: [Move] = []
        if workers.count < Self.workerCountMax {
            for message in ready { moves.append(Move("lease \(message.kind)", leased(message))) }
        }
        for worker in workers {
            let name = "\(worker.message.kind): \(worker.phase)"
            moves.append(Move(name, after(worker, rules)))
            if faultsLeft > 0 { moves += faults(of: worker, rules) }
        }
        for attempt in underWay {
            var world = self
            world.underWay.remove(attempt)
            _ = world.charged(attempt, rules)
            moves.append(Move("late charge \(attempt)", world))
        }
        if let world = expired(rules) { moves.append(Move("hold expires", world, isFault: true)) }
        if workers.isEmpty { moves += housekeeping() }
        return moves
    }

    // MARK: - What sees to what is left

    /// The reconciler and the sweeper, which leave alone what somebody works on.
    private func housekeeping() -> [Move] {
        var moves: [Move] = []
        if let payment {
            var world = self
            switch (payment.state, provider[payment.attempt]) {
            case (.charging, .charged), (.unknown, .charged): world.write(.charged)
            case (.charging, .declined), (.unknown, .declined): world.write(.declined)
            case (.reversing, let standing):
                if standing == .charged { world.provider[payment.attempt] = .reversed }
                world.writeGivenBack(payment.attempt)
            default: break
            }
            if world != self { moves.append(Move("reconcile", world)) }
        }
        if stock == .held, [.dead, .declined, .cancelled, .rejected].contains(status) {
            var world = self
            world.stock = .released
            moves.append(Move("sweep", world))
        }
        return moves
    }
}
