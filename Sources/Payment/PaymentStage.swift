// SPDX-License-Identifier: MIT
import Orders
package import Pipeline
package import PostgresStore
package import Saga

/// Charges orders, hands them over to fulfillment, and gives charges back that cannot go on.
///
/// A charge is three steps: record that the provider will be asked (`charging`), ask it, record the
/// answer. A crash in between leaves `charging`; whoever handles the step again asks the provider
/// about the same key before anything else, and never charges under a new one.
package struct PaymentStage<Provider: PaymentProvider>: StageHandler {
    let pool: PostgresPool
    let provider: Provider

    package var queue: StageQueue { .payment }

    package init(pool: PostgresPool, provider: Provider) {
        self.pool = pool
        self.provider = provider
    }

    package func handle(_ steps: [Step]) async throws(PostgresError) -> [StepOutcome] {
        let opening = try await open(steps)
        var outcomes = opening.outcomes
        let questions = await ask(opening)
        let charged = try await close(questions)
        outcomes.merge(charged) { _, new in new }
        let reversed = try await giveBack(opening.reversing)
        for work in opening.reversing {
            outcomes[work.step.order] =
                reversed.contains(work.step.order)
                ? StepOutcome.reversed(work.step, work.charge.attempt)
                : .unavailable("the provider did not confirm the reversal")
        }
        let freed = try await giveBack(opening.reversingBeforeCharge)
        for work in opening.reversingBeforeCharge where !freed.contains(work.step.order) {
            outcomes[work.step.order] = .unavailable("the provider did not confirm the reversal")
        }
        // Their last charge is given back: now they are charged like any other.
        let again = opening.reversingBeforeCharge.map(\.step).filter { freed.contains($0.order) }
        if !again.isEmpty {
            for (step, outcome) in zip(again, try await handle(again)) {
                outcomes[step.order] = outcome
            }
        }
        return steps.map { outcomes[$0.order] ?? .retry("the stage gave no outcome") }
    }

    package func handOverRefused(
        _ step: Step, reason: String, retryAfter: Duration?
    ) async throws(PostgresError) -> StepOutcome? {
        guard step.kind == .charge else { return nil }
        let work = try await beginReversal(of: step, detail: "not handed over: \(reason)")
        guard let work else { return nil }
        _ = try await giveBack([work])
        return .retry("not handed over: \(reason)", after: retryAfter)
    }

    package func givenUp(
        _ step: Step, reason: String
    ) async throws(PostgresError) -> StepOutcome {
        guard step.kind == .charge else { return .retry(reason) }
        // A reversal that is still open is worth one more question; its answer decides below.
        if let work = try await openReversal(of: step) {
            _ = try await giveBack([work])
        }
        return try await pool.transaction { session throws(PostgresError) in
            let order = try OrderBook.lock([step.order], in: session)[step.order]
            guard let order, order.isWithoutMoney,
                order.status == .reserved || order.status == .charging
            else {
                // Money may be with us: a person or the reconciler must see to it first.
                return .retry("\(reason); the payment is \(order?.paymentText ?? "missing")")
            }
            try OrderJournal.advance(
                [.init(step, from: order.status, to: .dead, detail: reason)], by: .payment,
                in: session)
            return StepOutcome(
                .retry(reason: reason),
                outputs: StepOutcome.deadOutputs(step, order.payment?.attempt ?? 0, reason))
        }
    }
}

extension OrderRow {
    /// Nothing of the customer's money is with us or on its way.
    var isWithoutMoney: Bool {
        switch payment?.state {
        case nil, .reversed, .declined: true
        case .charging, .charged, .reversing, .unknown, .captured: false
        }
    }
}
