// SPDX-License-Identifier: MIT
import Sessions
import Wire

/// The broker's part: deliveries as far as credit goes, settlements by their tokens.
extension GoldenScript {
    func deliver(_ queue: GoldenQueue) async throws(GoldenFailure) {
        let consume = try await frame("CONSUME")
        let asked = try consume.decode(Consume.self)
        var state = DeliveryState(queue, subscription: asked.subscription)
        try state.grant(asked.credit)
        answer(consume, GoldenReply(Consuming()))
        while !state.isDone {
            if let push = state.next() {
                let reply = GoldenReply.push(push)
                send(queue.isCompressed ? reply.compressed() : reply, to: nil)
            }
            let frame = try await frame("SETTLE")
            switch frame.opcode {
            case .consume: taken(frame)
            case .credit: try state.grant(try credit(frame, asked.subscription))
            case .settle:
                let results = try state.settle(try frame.decode(Settle.self))
                answer(frame, GoldenReply(Settled(results: results)))
            default: throw GoldenFailure("\(frame.name) among deliveries")
            }
        }
    }

    /// A broker knows a subscription that it has, and says so.
    func taken(_ consume: GoldenFrame) {
        answer(consume, GoldenRefusal.reply(.subscriptionTaken, .notApplied))
    }

    private func credit(
        _ frame: GoldenFrame, _ subscription: UInt32
    ) throws(GoldenFailure) -> UInt32 {
        let credit = try frame.decode(Credit.self)
        guard credit.subscription == subscription else {
            throw GoldenFailure("CREDIT for subscription \(credit.subscription)")
        }
        return credit.credit
    }
}

/// What is delivered, what is settled, and how much may be on its way.
private struct DeliveryState {
    private let queue: GoldenQueue
    private let subscription: UInt32
    private var granted = 0
    private var deliveredCount = 0
    private var settled: Set<UInt64> = []

    init(_ queue: GoldenQueue, subscription: UInt32) {
        self.queue = queue
        self.subscription = subscription
    }

    var isDone: Bool { settled.count == queue.deliveries.count }

    /// Credit never reaches beyond what the client was told to have unsettled.
    mutating func grant(_ credit: UInt32) throws(GoldenFailure) {
        granted += Int(credit)
        guard granted - settled.count <= queue.credit else {
            throw GoldenFailure(
                "[B-6] room for \(granted - settled.count) unsettled deliveries: \(queue.credit)")
        }
    }

    /// As many deliveries as there is credit for; nil when there is none.
    mutating func next() -> Deliver? {
        let end = min(granted, queue.deliveries.count)
        guard deliveredCount < end else { return nil }
        defer { deliveredCount = end }
        return Deliver(
            subscription: subscription, deliveries: Array(queue.deliveries[deliveredCount..<end]))
    }

    mutating func settle(_ message: Settle) throws(GoldenFailure) -> [SettleResult] {
        var results: [SettleResult] = []
        for settlement in message.settlements {
            let delivered = queue.deliveries.prefix(deliveredCount)
            guard
                let delivery = delivered.first(where: { $0.sequence == settlement.sequence }),
                delivery.token == settlement.token, settlement.verdict == .ack
            else {
                throw GoldenFailure(
                    "[B-11] a settlement of \(settlement.sequence) by token \(settlement.token)")
            }
            guard settled.insert(settlement.sequence).inserted else {
                throw GoldenFailure("\(settlement.sequence) is settled twice")
            }
            results.append(
                SettleResult(
                    code: queue.refused[settlement.sequence] ?? 0, effect: .notApplied,
                    retryAfterMilliseconds: 0, message: "", pressure: .none))
        }
        return results
    }
}
