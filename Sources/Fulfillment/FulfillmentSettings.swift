// SPDX-License-Identifier: MIT
package import Daemon
package import Pipeline

/// The configuration of `fulfillmentd`.
package struct FulfillmentSettings: DaemonSettings {
    package var stage: StageSettings
    /// `receipts.dir`: where receipts are written; made when its parent exists.
    package var receiptDirectory: String

    package init(from reader: SettingsReader) throws(ConfigurationError) {
        stage = try StageSettings(from: reader)
        receiptDirectory = try reader.scoped("receipts").text("dir")
    }
}
