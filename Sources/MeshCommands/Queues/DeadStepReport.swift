// SPDX-License-Identifier: MIT
import Orders
import Saga
import Wire

/// All that is known about a dead letter of an order, for people and, in JSON, for programs.
struct DeadStepReport: Encodable {
    struct Fact: Encodable, Equatable {
        let step: String
        let text: String

        init(_ fact: DeadStep.Fact) {
            step = "\(fact.step)"
            text = fact.text
        }
    }

    let queue: String
    let sequence: UInt64
    let reason: String
    let died: String
    let attempts: Int
    let order: String
    let tenant: String
    let correlation: String
    let step: String
    let paymentAttempt: UInt32
    let orderStatus: String
    let totalMinor: Int64
    let currency: String
    let done: [Fact]
    let openCompensations: [Fact]
    let moneyAtRiskMinor: Int64
    /// Later messages of the order in this queue, which wait for this one.
    let waitingBehind: UInt64
    let redrive: String
    let redriveReason: String

    init(_ letter: DeadLetter, in queue: String, _ message: StepMessage, _ order: OrderStanding) {
        let judged = DeadStep(message, of: order)
        self.queue = queue
        sequence = letter.sequence
        reason = letter.reason
        died = Timestamp.text(letter.deadMilliseconds)
        attempts = letter.attempts.count
        self.order = "\(message.order)"
        tenant = letter.message.tenant
        correlation = "\(letter.message.trace)"
        step = "\(message.kind)"
        paymentAttempt = message.attempt
        orderStatus = order.status.rawValue
        totalMinor = order.total.minorUnits
        currency = order.total.currency.code
        done = judged.done.map(Fact.init)
        openCompensations = judged.open.map(Fact.init)
        moneyAtRiskMinor = judged.moneyAtRisk.minorUnits
        waitingBehind = letter.held
        redrive = judged.redrive.rawValue
        redriveReason = judged.redriveReason
    }

    /// One line for each thing that is done, open, at risk or waiting, and what a redrive does.
    var text: String {
        var table = TextTable("step", stepText, alignment: .left)
        table.add("order", "\(orderStatus), total \(OrderText.money(totalMinor, currency))")
        add("done", done, to: &table)
        add("open", openCompensations, to: &table)
        table.add("money at risk", OrderText.money(moneyAtRiskMinor, currency))
        table.add("waiting behind it", "\(waitingBehind) of the order")
        table.add("a redrive", "\(redrive): \(redriveReason)")
        return table.text
    }

    private var stepText: String {
        paymentAttempt == 0 ? step : "\(step), of charge \(paymentAttempt)"
    }

    private func add(_ name: String, _ facts: [Fact], to table: inout TextTable) {
        if facts.isEmpty { table.add(name, "nothing") }
        for (index, fact) in facts.enumerated() {
            table.add(index == 0 ? name : "", "\(fact.step): \(fact.text)")
        }
    }
}
