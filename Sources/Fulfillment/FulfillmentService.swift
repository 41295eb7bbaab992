// SPDX-License-Identifier: MIT
package import Daemon
package import Pipeline
import ServiceClients
package import ServiceLifecycle

/// The fulfillment daemon.
package struct FulfillmentService {
    /// What to run, in the sequence of starting.
    package let services: [any Service]

    /// Returns when the receipts are all there, or their disk has no room to see to it: then the daemon
    /// waits for it, and says so.
    ///
    /// - Throws: also when the directory for receipts may not be written to.
    package init(
        _ settings: FulfillmentSettings, _ feed: some StageFeed, _ context: DaemonContext
    ) async throws {
        let parts = try await StageParts(settings.stage, feed, context)
        switch settings.receipts {
        case .directory(let path, let interval):
            let receipts = ReceiptDirectory(path: path, syncedWithin: interval * 6)
            let keeper = ReceiptKeeper(
                pool: parts.pool, directory: receipts, interval: interval, logger: context.logger)
            let kept = KeptReceipts(keeper, readiness: context.readiness)
            try await kept.open()
            services = parts.services(
                running: FulfillmentStage(pool: parts.pool, receipts: kept), beside: [kept])
        case .service(let endpoint, let identity):
            let connection = try parts.connection(to: endpoint, expecting: identity)
            let receipts = ReceiptService(client: ReceiptClient(connection))
            services = parts.services(
                running: FulfillmentStage(pool: parts.pool, receipts: receipts),
                beside: [ConnectionService(connection)])
        case .feed:
            let receipts = ReceiptService(submit: try parts.receiptPost)
            services = parts.services(
                running: FulfillmentStage(pool: parts.pool, receipts: receipts))
        }
    }
}
