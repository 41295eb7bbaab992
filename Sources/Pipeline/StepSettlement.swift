// SPDX-License-Identifier: MIT
package import Orders
package import Saga

/// The end of one lease: the verdict and what is published with it.
package struct StepSettlement: Sendable, Equatable {
    package let delivery: StepDelivery
    package let verdict: StepOutcome.Verdict
    package let outputs: [Output]

    /// A message to publish.
    package struct Output: Sendable, Equatable {
        package let queue: StageQueue
        package let id: MessageID
        package let order: OrderID
        package let trace: TraceID
        package let tenant: String
        package let isNeverRefused: Bool
        package let body: [UInt8]
        /// How long the queue keeps it back; zero: not at all.
        package let delay: Duration

        package init(
            queue: StageQueue, id: MessageID, order: OrderID, trace: TraceID, tenant: String,
            isNeverRefused: Bool, body: [UInt8], delay: Duration = .zero
        ) {
            self.queue = queue
            self.id = id
            self.order = order
            self.trace = trace
            self.tenant = tenant
            self.isNeverRefused = isNeverRefused
            self.body = body
            self.delay = delay
        }
    }

    /// The settlement of `delivery` by `outcome`; the same twice for the same two.
    package init(_ delivery: StepDelivery, _ outcome: StepOutcome) {
        self.delivery = delivery
        verdict = outcome.verdict
        outputs = outcome.outputs.map { message in
            Output(
                queue: message.kind.queue,
                id: OutputID.derive(from: delivery.id, output: message),
                order: message.order,
                trace: delivery.trace,
                tenant: delivery.tenant,
                isNeverRefused: message.kind.isNeverRefused,
                body: message.encoded, delay: message.notice?.delay ?? .zero)
        }
    }
}

/// What the queue answered to one settlement.
package enum SettleAnswer: Sendable, Equatable {
    case settled
    /// The lease is over: somebody else has the message or will have it.
    case stale
    /// Surely not applied, by the queue's own decision: an output's queue is full.
    case refused(reason: String, retryAfter: Duration?)
    /// Surely not applied: the queue could not be asked.
    case unreachable(reason: String)
    /// Applied or not.
    case ambiguous(reason: String)
}
