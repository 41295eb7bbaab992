// SPDX-License-Identifier: MIT
package import Daemon

/// What `fulfillmentd` can be told.
package struct FulfillmentSettings: DaemonSettings {
    package let tls: TLSSettings
    package let broker: EndpointSettings
    package let postgres: PostgresSettings
    /// `receipts.dir`: where receipts are written; must exist.
    package let receiptDirectory: String

    package init(from reader: SettingsReader) throws(ConfigurationError) {
        tls = try TLSSettings(from: reader)
        broker = try EndpointSettings(from: reader, scope: "broker", defaultPort: 9101)
        postgres = try PostgresSettings(from: reader)
        receiptDirectory = try reader.scoped("receipts").text("dir")
    }
}
