// SPDX-License-Identifier: MIT
import Orders
package import Pipeline
package import PostgresStore
package import Saga

/// Holds stock for orders, all items or none, and gives it back.
package struct InventoryStage: StageHandler {
    private let pool: PostgresPool

    package var queue: StageQueue { .inventory }

    package init(pool: PostgresPool) {
        self.pool = pool
    }

    package func handle(_ steps: [Step]) async throws(PostgresError) -> [StepOutcome] {
        try await pool.transaction { session throws(PostgresError) in
            let orders = try OrderBook.lock(steps.map(\.order), in: session)
            let reserving = steps.filter {
                $0.kind == .reserve && orders[$0.order]?.decision(for: $0) == .perform
            }
            let releasing = steps.filter {
                $0.kind == .release && orders[$0.order]?.decision(for: $0) == .perform
            }
            let refusals = try StockShelf.reserve(reserving.map(\.order), in: session)
            let released = try ReservationBook.end(
                releasing.map(\.order), as: .released, in: session)
            var entries: [OrderJournal.Entry] = []
            for step in reserving {
                guard let from = orders[step.order]?.status else { continue }
                let refusal = refusals[step.order]
                entries.append(
                    .init(
                        step, from: from, to: refusal == nil ? .reserved : .rejected,
                        detail: refusal ?? ""))
            }
            for step in releasing where released.contains(step.order) {
                guard let status = orders[step.order]?.status else { continue }
                entries.append(.init(step, from: status, to: status, detail: "stock released"))
            }
            try OrderJournal.advance(entries, by: .inventory, in: session)
            return steps.map { Self.outcome($0, orders[$0.order], refusals[$0.order]) }
        }
    }

    package func givenUp(
        _ step: Step, reason: String
    ) async throws(PostgresError) -> StepOutcome {
        guard step.kind == .reserve else { return .retry(reason) }
        return try await pool.transaction { session throws(PostgresError) in
            let order = try OrderBook.lock([step.order], in: session)[step.order]
            guard let order, order.status == .accepted else { return .retry(reason) }
            try OrderJournal.advance(
                [.init(step, from: .accepted, to: .dead, detail: reason)], by: .inventory,
                in: session)
            let outputs = [StepMessage.notify(step, of: .dead, detail: reason)]
            return StepOutcome(.retry(reason: reason), outputs: outputs)
        }
    }

    private static func outcome(
        _ step: Step, _ order: OrderRow?, _ refusal: String?
    ) -> StepOutcome {
        guard let order else { return .retry("no such order") }
        let decision = order.decision(for: step)
        switch (step.kind, decision) {
        case (.reserve, .perform):
            return reserved(step, order, refusal)
        case (.reserve, .alreadyDone):
            return order.status == .rejected
                ? .done(sending: [.notify(step, of: .rejected)]) : reserved(step, order, nil)
        case (.release, .perform), (_, .obsolete):
            return .done()
        case (_, .overtaken):
            return .handedBack
        case (.charge, _), (.reverse, _), (.fulfil, _), (.notify, _), (.tell, _):
            return StepOutcome(.dead(reason: "\(step.kind) does not belong to this queue"))
        case (.reserve, .resume), (.reserve, .restart), (.reserve, .conflict),
            (.release, .alreadyDone), (.release, .resume), (.release, .restart),
            (.release, .conflict):
            return .retry("the order is \(order.status), its payment \(order.paymentText)")
        }
    }

    /// What follows from a reservation, now and whenever it is handled again.
    private static func reserved(
        _ step: Step, _ order: OrderRow, _ refusal: String?
    ) -> StepOutcome {
        if let refusal {
            return .done(sending: [.notify(step, of: .rejected, detail: refusal)])
        }
        let attempt = order.payment?.attempt ?? 0
        return .done(sending: [
            StepMessage(.charge, order: step.order, attempt: attempt),
            .notify(step, of: .reserved, attempt: attempt),
        ])
    }
}
