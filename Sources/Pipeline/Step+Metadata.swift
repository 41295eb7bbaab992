// SPDX-License-Identifier: MIT
import Daemon
package import Logging
import Orders
import Saga

/// What every log line about an order's step says.
extension Step {
    package func metadata(reason: String? = nil) -> Logger.Metadata {
        var metadata = delivery.metadata(stage: kind.queue, reason: reason)
        metadata[LogKey.order.rawValue] = .string(order.description)
        metadata[LogKey.step.rawValue] = .string("\(kind)")
        return metadata
    }
}

extension StepDelivery {
    /// The same of a message whose body is not understood.
    func metadata(stage: StageQueue, reason: String? = nil) -> Logger.Metadata {
        var metadata = Logger.Metadata.keyed([
            .stage: .string(stage.rawValue), .tenant: .string(tenant),
            .attempt: .stringConvertible(attempt),
            .correlation: .string(trace.description), .message: .string(id.description),
        ])
        if let reason { metadata[LogKey.reason.rawValue] = .string(reason) }
        return metadata
    }
}
