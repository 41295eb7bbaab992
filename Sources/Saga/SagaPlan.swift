// SPDX-License-Identifier: MIT
package import Orders

/// The saga as data: for each step, order status and payment state, what to do.
///
/// Stages, documentation and tests read this one table. A combination that no line names is a
/// `conflict`, and no combination is named twice.
package struct SagaPlan {
    /// One line of the table: applies to every listed order status with every listed payment state.
    package struct Line: Sendable {
        package let step: StepKind
        package let orders: [OrderStatus]
        /// Nil stands for "never charged".
        package let payments: [PaymentState?]
        package let decision: SagaDecision
        /// Why, for people.
        package let reason: String
    }

    /// What to do with `step`.
    package static func decide(
        _ step: StepKind, order: OrderStatus, payment: PaymentState?
    ) -> SagaDecision {
        decisions[Combination(step: step, order: order, payment: payment)] ?? .conflict
    }

    /// Why, for people; nil for a conflict.
    package static func reason(
        _ step: StepKind, order: OrderStatus, payment: PaymentState?
    ) -> String? {
        table.first {
            $0.step == step && $0.orders.contains(order) && $0.payments.contains(payment)
        }?.reason
    }

    struct Combination: Hashable {
        let step: StepKind
        let order: OrderStatus
        let payment: PaymentState?
    }

    private static let decisions: [Combination: SagaDecision] = {
        var decisions: [Combination: SagaDecision] = [:]
        for line in table {
            for combination in line.combinations { decisions[combination] = line.decision }
        }
        return decisions
    }()
}

extension SagaPlan.Line {
    var combinations: [SagaPlan.Combination] {
        orders.flatMap { order in
            payments.map { SagaPlan.Combination(step: step, order: order, payment: $0) }
        }
    }
}
