// SPDX-License-Identifier: MIT
import AWS
import Bridge
import Daemon
import FoundationEssentials
import Logging
import Orders
import Pipeline
import Saga
import Wire

/// Works on what one invocation brings, and tells which of its messages are not to be deleted.
struct InvocationWork: Sendable {
    let queues: InvokedQueues
    let queue: InvokedStepQueue
    let chores: ChoreList
    let clock: any MeshClock
    let logger: Logger
    /// Messages that the stage takes at a time.
    let batchCountMax: Int
    /// How long before its deadline an invocation is answered.
    let margin: Duration

    /// The answer to one invocation.
    ///
    /// - Throws: when the event is none that can be worked on; nothing is deleted then.
    func answer(_ invocation: Invocation) async throws -> [UInt8] {
        switch try InvocationEvent(invocation.event) {
        case .schedule:
            await chores.seeToAll()
            return Array("{}".utf8)
        case .messages(let sources):
            var failed: [String] = []
            for (arn, messages) in sources {
                failed += await failures(among: messages, from: arn, until: invocation.deadline)
            }
            return [UInt8](try JSONEncoder().encode(BatchResponse(failed: failed)))
        }
    }

    private func failures(
        among messages: [ReceivedMessage], from arn: String, until deadline: MeshInstant
    ) async -> [String] {
        guard let name = queues.queue(ofARN: arn), let stage = StageQueue(rawValue: name) else {
            logger.error(
                "messages of a queue that is none of the mesh's",
                metadata: .keyed([.queue: "\(arn)", .count: .stringConvertible(messages.count)]))
            return messages.map(\.id)
        }
        var failed: [String] = []
        var rest = messages[...]
        while !rest.isEmpty {
            // What is begun with less than this would most likely not be finished, and cost an attempt.
            guard timeLeft(until: deadline) >= margin else {
                logger.warning(
                    "too little time is left",
                    metadata: .keyed([
                        .queue: "\(name)", .count: .stringConvertible(rest.count),
                    ]))
                await queues.show(Array(rest), in: name)
                return failed + rest.map(\.id)
            }
            let chunk = Array(rest.prefix(batchCountMax))
            rest = rest.dropFirst(chunk.count)
            failed += await work(on: chunk, of: stage, until: deadline)
        }
        return failed
    }

    /// Works on as much as the stage takes at a time; the ids of what is not to be deleted.
    private func work(
        on messages: [ReceivedMessage], of stage: StageQueue, until deadline: MeshInstant
    ) async -> [String] {
        let claims = await queues.claim(
            messages, from: stage.rawValue, leaseMax: max(deadline - clock.now(), .zero))
        var failed: [String] = []
        var leased: [(message: ReceivedMessage, delivery: Delivery)] = []
        for (message, claim) in zip(messages, claims) {
            switch claim {
            case .over: break
            case .left: failed.append(message.id)
            case .delivery(let delivery): leased.append((message, delivery))
            }
        }
        guard !leased.isEmpty else { return failed }
        let patience = timeLeft(until: deadline)
        // A batch is given one and a half leases to be settled in: no more than there is time.
        let steps = leased.map { StepDelivery($0.delivery, within: patience / 3 * 2) }
        let isFirst = { (delivery: Delivery) in delivery.message.priority == .compensation }
        let order =
            leased.indices.filter { isFirst(leased[$0].delivery) }
            + leased.indices.filter { !isFirst(leased[$0].delivery) }
        let over = await queue.work(on: order.map { steps[$0] }, of: stage, patience: patience)
        for (message, delivery) in leased where !over.contains(delivery.token) {
            failed.append(message.id)
        }
        return failed
    }

    /// Until the answer is due.
    private func timeLeft(until deadline: MeshInstant) -> Duration {
        max(deadline - clock.now() - margin, .zero)
    }
}

extension StepDelivery {
    fileprivate init(_ delivery: Delivery, within limit: Duration) {
        self.init(delivery, connection: 0)
        lease = min(lease, limit)
    }
}
