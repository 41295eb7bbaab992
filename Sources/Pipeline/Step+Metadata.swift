// SPDX-License-Identifier: MIT
import Daemon
package import Logging
import Saga

/// What every log line about an order's step says.
extension Step {
    package func metadata(reason: String? = nil) -> Logger.Metadata {
        delivery.metadata(stage: kind.queue, reason: reason).merging(
            .keyed([.order: "\(order)", .step: "\(kind)"])
        ) { old, _ in old }
    }
}

extension StepDelivery {
    /// The same of a message whose body is not understood.
    func metadata(stage: StageQueue, reason: String? = nil) -> Logger.Metadata {
        var metadata = Logger.Metadata.keyed([
            .stage: "\(stage.rawValue)", .tenant: "\(tenant)",
            .attempt: .stringConvertible(attempt),
            .correlation: "\(trace)", .message: "\(id)",
        ])
        if let reason { metadata[LogKey.reason.rawValue] = "\(reason)" }
        return metadata
    }
}
