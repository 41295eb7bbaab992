// SPDX-License-Identifier: MIT
import Orders
import Saga

/// What the broker does: leases, settlements, dead letters.
extension SagaWorld {
    /// The verdict and what is sent on, in one record; nothing when the lease is over.
    mutating func settle(
        _ worker: Worker, _ verdict: Verdict, _ outputs: [Output], _ rules: SagaRules
    ) {
        guard worker.hasLease else { return }
        for output in outputs {
            let body = StepMessage(output.kind, order: Self.order, attempt: output.attempt)
            let message = Message(
                id: rules.outputID(worker.message.id, body), kind: output.kind,
                attempt: output.attempt)
            // A message is stored once an id.
            if seen.insert(message.id).inserted { ready.insert(message) }
        }
        switch verdict {
        case .done: break
        case .retry: ready.insert(worker.message)
        case .release:
            var unharmed = worker.message
            unharmed.leaseCount -= 1
            ready.insert(unharmed)
        case .dead: dead.insert(worker.message)
        }
    }

    func leased(_ message: Message) -> SagaWorld {
        var world = self
        world.ready.remove(message)
        var leased = message
        leased.leaseCount += 1
        world.workers.insert(Worker(message: leased, token: .max))
        world.numberTokens()
        return world
    }

    /// Only their order counts: numbered anew, so that worlds which differ in nothing else are one.
    private mutating func numberTokens() {
        let tokens = (workers.map(\.token) + [fence]).sorted()
        fence = tokens.firstIndex(of: fence) ?? 0
        workers = Set(
            workers.map { worker in
                var worker = worker
                worker.token = tokens.firstIndex(of: worker.token) ?? 0
                return worker
            })
    }

    /// What the broker does when a lease ends unsettled.
    mutating func takeBack(_ message: Message) {
        if message.leaseCount >= Self.leaseCountMax {
            dead.insert(message)
        } else {
            ready.insert(message)
        }
    }

    func redriven(_ message: Message) -> SagaWorld {
        var world = self
        world.dead.remove(message)
        var fresh = message
        fresh.leaseCount = 0
        world.ready.insert(fresh)
        return world
    }
}
