// SPDX-License-Identifier: MIT
import Orders
import Pipeline
import PostgresStore
import Saga

/// One order's step and the charge that it is about.
struct PaymentWork: Sendable {
    let step: Step
    let charge: Charge
}

/// What the first transaction found out about a batch.
struct PaymentOpening: Sendable {
    /// Finished already: nothing to ask the provider.
    var outcomes: [OrderID: StepOutcome] = [:]
    /// Recorded as `charging`: ask for the charge.
    var charging: [PaymentWork] = []
    /// Asked before, answer unknown: ask what became of it.
    var resuming: [PaymentWork] = []
    /// To be given back for good.
    var reversing: [PaymentWork] = []
    /// To be given back before it is charged anew.
    var reversingBeforeCharge: [PaymentWork] = []
}

/// What the provider said about one piece of work.
struct PaymentAnswer: Sendable {
    let work: PaymentWork
    let answer: ChargeAnswer
}

extension PaymentStage {
    /// First transaction: decides each step, and records what the provider will be asked.
    func open(_ steps: [Step]) async throws(PostgresError) -> PaymentOpening {
        try await pool.transaction { session throws(PostgresError) in
            let orders = try OrderBook.lock(steps.map(\.order), in: session)
            var opening = PaymentOpening()
            var entries: [OrderJournal.Entry] = []
            var reversals: [PaymentBook.Move] = []
            for step in steps {
                guard let order = orders[step.order] else {
                    opening.outcomes[step.order] = .retry("no such order")
                    continue
                }
                opening.add(step, order)
                switch (step.kind, order.decision(for: step)) {
                case (.charge, .restart):
                    let detail = "begun again after a redrive"
                    entries.append(.init(step, from: order.status, to: .accepted, detail: detail))
                case (.reverse, .perform) where opening.outcomes[step.order] == nil:
                    let attempt = step.message.attempt
                    reversals.append(
                        .init(order: step.order, attempt: attempt, state: .reversing))
                default: break
                }
            }
            entries += try begin(&opening, orders, in: session)
            try PaymentBook.move(reversals, from: [.charged], in: session)
            try OrderJournal.advance(entries, by: .payment, in: session)
            return opening
        }
    }

    /// Records the charges of `opening`: as about to be asked for, or, where the provider's books are in
    /// the same database, as answered.
    private func begin(
        _ opening: inout PaymentOpening, _ orders: [OrderID: OrderRow], in session: PostgresSession
    ) throws(PostgresError) -> [OrderJournal.Entry] {
        let charges = opening.charging.map(\.charge)
        guard let books = provider as? any BookkeepingProvider else {
            try PaymentBook.begin(charges, by: provider.name, in: session)
            return opening.charging.compactMap { work in
                orders[work.step.order].map { .init(work.step, from: $0.status, to: .charging) }
            }
        }
        var moves: [PaymentBook.Move] = []
        var entries: [OrderJournal.Entry] = []
        for (work, answer) in zip(opening.charging, try books.charge(charges, in: session)) {
            let answer = PaymentAnswer(work: work, answer: answer)
            guard let order = orders[work.step.order],
                let (move, entry) = answer.record(in: order, through: .charging)
            else { preconditionFailure("books that are asked in a transaction answer") }
            moves.append(move)
            entries.append(entry)
            opening.outcomes[work.step.order] = answer.outcome
        }
        try PaymentBook.begin(charges, at: moves, by: provider.name, in: session)
        opening.charging = []
        return entries
    }

    /// Asks the provider; no transaction is open meanwhile.
    func ask(_ opening: PaymentOpening) async -> [PaymentAnswer] {
        var toCharge = opening.charging
        var answers: [PaymentAnswer] = []
        let standings = await provider.standing(of: opening.resuming.map(\.charge))
        for (work, standing) in zip(opening.resuming, standings) {
            switch standing {
            case .charged(let reference):
                answers.append(.init(work: work, answer: .charged(reference: reference)))
            case .declined(let reason):
                answers.append(.init(work: work, answer: .declined(reason: reason)))
            case .reversed:
                answers.append(.init(work: work, answer: .unknown(reason: "given back elsewhere")))
            case .unknown(let reason):
                answers.append(.init(work: work, answer: .unknown(reason: reason)))
            case .neverSeen:
                // The same key: should the first request still arrive, the two are one charge.
                toCharge.append(work)
            }
        }
        let charges = await provider.charge(toCharge.map(\.charge))
        for (work, answer) in zip(toCharge, charges) {
            answers.append(.init(work: work, answer: answer))
        }
        return answers
    }

    /// Second transaction: records the answers.
    func close(
        _ answers: [PaymentAnswer]
    ) async throws(PostgresError) -> [OrderID: StepOutcome] {
        guard !answers.isEmpty else { return [:] }
        return try await pool.transaction { session throws(PostgresError) in
            let orders = try OrderBook.lock(answers.map(\.work.step.order), in: session)
            var outcomes: [OrderID: StepOutcome] = [:]
            var moves: [PaymentBook.Move] = []
            var entries: [OrderJournal.Entry] = []
            for answer in answers {
                let step = answer.work.step
                guard let order = orders[step.order] else { continue }
                guard order.waits(for: answer.work.charge) else {
                    outcomes[step.order] = Self.overtaken(step, order)
                    continue
                }
                outcomes[step.order] = answer.outcome
                guard let (move, entry) = answer.record(in: order) else { continue }
                moves.append(move)
                entries.append(entry)
            }
            try PaymentBook.move(moves, from: [.charging, .unknown], in: session)
            try OrderJournal.advance(entries, by: .payment, in: session)
            return outcomes
        }
    }

    /// Somebody else has recorded this order's answer meanwhile.
    private static func overtaken(_ step: Step, _ order: OrderRow) -> StepOutcome {
        let attempt = order.payment?.attempt ?? 0
        guard order.decision(for: .charge) == .alreadyDone else {
            return .retry("handled by somebody else at the same time")
        }
        return order.status == .declined
            ? .declined(step, attempt, order.payment?.detail ?? "") : .charged(step, attempt)
    }
}

extension OrderRow {
    /// Whether this order's payment is at exactly this charge, with the answer open.
    func waits(for charge: Charge) -> Bool {
        guard let payment, payment.attempt == charge.attempt else { return false }
        return (status == .charging || status == .unknown)
            && (payment.state == .charging || payment.state == .unknown)
    }
}
