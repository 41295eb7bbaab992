// SPDX-License-Identifier: MIT
package import Daemon

/// The configuration that all stages share.
package struct StageSettings: DaemonSettings {
    package var tls: TLSSettings
    package var postgres: PostgresSettings
    package var broker: EndpointSettings
    /// `broker.identity`: the service that the broker's certificate must name; `bridged` in the cloud.
    package var brokerIdentity: String
    /// `stage.batch` (1...1,000), `stage.workers` (1...16) and `stage.gather` (0...1 s).
    package var stage: StageConfiguration

    package init(from reader: SettingsReader) throws(ConfigurationError) {
        // Less than an order notices, and many orders for one commit.
        try self.init(from: reader, gather: .milliseconds(10))
    }

    /// - Parameter gather: the default of `stage.gather`.
    package init(
        from reader: SettingsReader, gather: Duration
    ) throws(ConfigurationError) {
        tls = try TLSSettings(from: reader)
        postgres = try PostgresSettings(from: reader)
        broker = try EndpointSettings(from: reader, scope: "broker", defaultPort: 9101)
        brokerIdentity = reader.text("broker.identity", default: "brokerd")
        stage = StageConfiguration(
            batchCountMax: try reader.integer("stage.batch", default: 256, in: 1...1000),
            workerCount: try reader.integer("stage.workers", default: 2, in: 1...16),
            gather: try reader.duration(
                "stage.gather", default: gather, in: .zero...(.seconds(1))))
    }
}
