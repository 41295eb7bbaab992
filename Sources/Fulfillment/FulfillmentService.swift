// SPDX-License-Identifier: MIT
package import Daemon
import Pipeline
package import ServiceLifecycle

/// The fulfillment daemon.
package struct FulfillmentService {
    /// What to run, in the sequence of starting.
    package let services: [any Service]

    /// - Throws: also when the directory for receipts cannot be written to.
    package init(_ settings: FulfillmentSettings, _ context: DaemonContext) async throws {
        let parts = try await StageParts(settings.stage, context)
        let receipts = ReceiptDirectory(path: settings.receiptDirectory)
        try receipts.prepare()
        services = parts.services(
            running: FulfillmentStage(pool: parts.pool, receipts: receipts))
    }
}
