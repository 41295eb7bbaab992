// SPDX-License-Identifier: MIT
package import Orders

/// What a step that lies in the dead letters means for its order, for whoever has to decide about it:
/// what is done, what would have to be undone, whose money is in between, and what a redrive does.
package struct DeadStep: Sendable, Equatable {
    /// A step, and what came of it.
    package struct Fact: Sendable, Equatable {
        package let step: StepKind
        package let text: String
    }

    /// Steps that had their effect and still have it.
    package let done: [Fact]
    /// Compensations that are due unless the order goes on to its end.
    package let open: [Fact]
    /// What of the customer's is with us, or may be, and not for good.
    package let moneyAtRisk: Money
    /// What a redrive comes to, and why.
    package let redrive: SagaDecision
    package let redriveReason: String

    /// Judges `step` by where its order stands now.
    package init(_ step: StepMessage, of order: OrderStanding) {
        done = Self.done(order)
        open = Self.open(order)
        moneyAtRisk =
            order.isMoneyAtRisk
            ? order.payment?.amount ?? order.total
            : Money(minorUnits: 0, currency: order.total.currency)
        let decision = SagaPlan.decide(
            step.kind, order: order.status, payment: order.payment?.state)
        // Of another charge than the one that stands: see the stage of fulfillment.
        let isOfAnotherCharge =
            step.kind == .fulfil && decision == .perform && step.attempt != order.payment?.attempt
        redrive = isOfAnotherCharge ? .obsolete : decision
        redriveReason =
            isOfAnotherCharge
            ? "the charge that this step belongs to does not stand any more"
            : SagaPlan.reason(step.kind, order: order.status, payment: order.payment?.state)
                ?? "no step of this kind fits where the order stands: it would die again"
    }

    private static func done(_ order: OrderStanding) -> [Fact] {
        var facts: [Fact] = []
        if order.heldCount > 0 {
            facts.append(Fact(step: .reserve, text: "\(order.heldCount) pieces are held"))
        }
        if let payment = order.payment {
            switch payment.state {
            case .charged, .captured:
                facts.append(
                    Fact(step: .charge, text: "charge \(payment.attempt) stands, \(payment.amount)")
                )
            case .reversed:
                facts.append(
                    Fact(step: .reverse, text: "charge \(payment.attempt) was given back"))
            case .declined:
                facts.append(Fact(step: .charge, text: "charge \(payment.attempt) was declined"))
            case .charging, .unknown, .reversing: break
            }
        }
        if order.shippedCount > 0 {
            facts.append(Fact(step: .fulfil, text: "\(order.shippedCount) pieces are shipped"))
        }
        return facts
    }

    private static func open(_ order: OrderStanding) -> [Fact] {
        var facts: [Fact] = []
        if let payment = order.payment {
            let charge = "charge \(payment.attempt), \(payment.amount)"
            switch payment.state {
            case .charged:
                facts.append(Fact(step: .reverse, text: "\(charge), stands"))
            case .charging, .unknown:
                facts.append(
                    Fact(
                        step: .reverse,
                        text: "\(charge), was asked for: the provider's answer is not known"))
            case .reversing:
                facts.append(
                    Fact(
                        step: .reverse,
                        text: "\(charge), is being given back: the provider has not confirmed it"))
            case .declined, .reversed, .captured: break
            }
        }
        if order.heldCount > 0, order.status != .fulfilled {
            facts.append(Fact(step: .release, text: "\(order.heldCount) pieces are held"))
        }
        return facts
    }
}

extension OrderStanding {
    /// Whether money was asked for, and has neither come to rest with us nor surely gone back.
    fileprivate var isMoneyAtRisk: Bool {
        switch payment?.state {
        case nil, .declined, .reversed, .captured: false
        case .charging, .unknown, .charged, .reversing: true
        }
    }
}
