// SPDX-License-Identifier: MIT
import Orders

extension SagaPlan {
    private static let anyPayment: [PaymentState?] = [nil] + PaymentState.allCases
    /// Nothing of the customer's money is with us or on its way.
    private static let noMoney: [PaymentState?] = [nil, .reversed, .declined]

    /// The whole saga. `docs/saga.md` is made from it.
    package static let table: [Line] = reserve + release + charge + reverse + fulfil + notify + tell

    private static let reserve: [Line] = [
        .init(
            step: .reserve, orders: [.accepted], payments: noMoney, decision: .perform,
            reason: "hold the stock, or reject the order"),
        .init(
            step: .reserve, orders: [.dead], payments: noMoney, decision: .perform,
            reason: "given up before the stock was held, now redriven"),
        .init(
            step: .reserve, orders: [.reserved, .rejected], payments: noMoney,
            decision: .alreadyDone, reason: "held or rejected before, the settlement was lost"),
        .init(
            step: .reserve,
            orders: [.charging, .charged, .fulfilled, .declined, .cancelled, .unknown],
            payments: anyPayment, decision: .obsolete, reason: "the order is further on"),
    ]

    private static let release: [Line] = [
        .init(
            step: .release, orders: [.dead, .declined, .cancelled, .rejected],
            payments: noMoney, decision: .perform, reason: "what is still held goes back"),
        .init(
            step: .release,
            orders: [.accepted, .reserved, .charging, .charged, .fulfilled, .unknown],
            payments: anyPayment, decision: .obsolete,
            reason: "the order was begun again and needs its stock, or has shipped it"),
    ]

    private static let charge: [Line] = [
        .init(
            step: .charge, orders: [.reserved], payments: noMoney, decision: .perform,
            reason: "the first charge, or the next one after a new start"),
        .init(
            step: .charge, orders: [.charging], payments: [.reversed], decision: .perform,
            reason: "the last charge was given back because it could not be handed over"),
        .init(
            step: .charge, orders: [.charging, .unknown],
            payments: [.charging, .unknown, .reversing], decision: .resume,
            reason: "the provider was asked and its answer is not recorded"),
        .init(
            step: .charge, orders: [.charged], payments: [.charged], decision: .alreadyDone,
            reason: "charged before, the hand-over was lost"),
        .init(
            step: .charge, orders: [.declined], payments: [.declined], decision: .alreadyDone,
            reason: "declined before, the settlement was lost"),
        .init(
            step: .charge, orders: [.dead], payments: noMoney, decision: .restart,
            reason: "given up with nothing charged, now redriven"),
        .init(
            step: .charge, orders: [.accepted], payments: noMoney, decision: .restart,
            reason: "begun again before, the settlement was lost"),
        .init(
            step: .charge, orders: [.fulfilled, .rejected, .cancelled], payments: anyPayment,
            decision: .obsolete, reason: "nothing is to be charged any more"),
    ]

    private static let reverse: [Line] = [
        .init(
            step: .reverse, orders: [.charged], payments: [.charged], decision: .perform,
            reason: "fulfillment gave up: the charge goes back"),
        .init(
            step: .reverse, orders: [.charged], payments: [.reversing], decision: .resume,
            reason: "the provider was asked to give it back and its answer is not recorded"),
        .init(
            step: .reverse, orders: [.dead], payments: [.reversed], decision: .alreadyDone,
            reason: "given back before, the settlement was lost"),
        .init(
            step: .reverse, orders: OrderStatus.allCases, payments: [.captured],
            decision: .obsolete, reason: "the order was fulfilled after all"),
        .init(
            step: .reverse, orders: OrderStatus.allCases, payments: [nil, .declined],
            decision: .obsolete, reason: "nothing was charged"),
        .init(
            step: .reverse, orders: [.accepted, .reserved, .charging], payments: [.reversed],
            decision: .obsolete, reason: "given back, and the order is on its way again"),
    ]

    private static let fulfil: [Line] = [
        .init(
            step: .fulfil, orders: [.charged], payments: [.charged], decision: .perform,
            reason: "the charge stands"),
        .init(
            step: .fulfil, orders: [.fulfilled], payments: [.captured], decision: .alreadyDone,
            reason: "fulfilled before, the settlement was lost"),
        .init(
            step: .fulfil, orders: [.dead], payments: [.reversed], decision: .restart,
            reason: "given up with the charge given back, now redriven"),
        .init(
            step: .fulfil,
            orders: [.accepted, .reserved, .charging, .unknown, .declined, .rejected, .cancelled],
            payments: anyPayment, decision: .obsolete,
            reason: "the charge that this step belongs to does not stand any more"),
    ]

    private static let notify: [Line] = [
        .init(
            step: .notify, orders: OrderStatus.allCases, payments: anyPayment,
            decision: .perform, reason: "the customer hears of each change, also of past ones")
    ]

    private static let tell: [Line] = [
        .init(
            step: .tell, orders: OrderStatus.allCases, payments: anyPayment,
            decision: .perform, reason: "one recipient, who was not reached at once")
    ]
}
