// SPDX-License-Identifier: MIT
package import Daemon
package import Pipeline

/// The configuration of `fulfillmentd`.
package struct FulfillmentSettings: DaemonSettings {
    package var stage: StageSettings
    /// `receipts.dir`: where receipts are written; made when its parent exists.
    package var receiptDirectory: String
    /// `receipts.syncInterval`: how often they are brought to the disk (1s...60s); after six of these
    /// without success no order is fulfilled.
    package var receiptSyncInterval: Duration

    package init(from reader: SettingsReader) throws(ConfigurationError) {
        stage = try StageSettings(from: reader)
        let receipts = reader.scoped("receipts")
        receiptDirectory = try receipts.text("dir")
        receiptSyncInterval = try receipts.duration(
            "syncInterval", default: .seconds(10), in: .seconds(1)...(.seconds(60)))
    }
}
