// SPDX-License-Identifier: MIT
package import Daemon

/// The configuration that all stages share.
package struct StageSettings: DaemonSettings {
    /// How steps come to a stage.
    package enum Source: String, Sendable, CaseIterable {
        /// The program asks the broker, or the bridge, for them.
        case broker
        /// AWS Lambda runs the program with them.
        case lambda
    }

    /// Where the broker is, and as whom it is spoken to.
    package struct Broker: Sendable {
        package var endpoint: EndpointSettings
        package var tls: TLSSettings
        /// `broker.identity`: the service that its certificate must name; `bridged` in the cloud.
        package var identity: String
    }

    /// `stage.source`: `broker`, but `lambda` where Lambda started the program.
    package var source: Source
    package var postgres: PostgresSettings
    /// Nil unless the steps come from there.
    package var broker: Broker?
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
        source = try Self.source(from: reader)
        let isInvoked = source == .lambda
        // A function has one batch in hand at a time: more connections would be the database's burden.
        postgres = try PostgresSettings(
            from: reader, defaultConnectionCountMax: isInvoked ? 1 : 4)
        broker = isInvoked ? nil : try Broker(from: reader)
        stage = StageConfiguration(
            batchCountMax: try reader.integer("stage.batch", default: 256, in: 1...1000),
            workerCount: try reader.integer(
                "stage.workers", default: isInvoked ? 1 : 2, in: 1...16),
            // All that an invocation brings is there at once.
            gather: try reader.duration(
                "stage.gather", default: isInvoked ? .zero : gather, in: .zero...(.seconds(1))))
    }

    /// Which source the configuration names; for what depends on it beside these settings.
    package static func source(
        from reader: SettingsReader
    ) throws(ConfigurationError) -> Source {
        try reader.choice("stage.source", default: .broker)
    }
}

extension StageSettings.Broker {
    init(from reader: SettingsReader) throws(ConfigurationError) {
        tls = try TLSSettings(from: reader)
        endpoint = try EndpointSettings(from: reader, scope: "broker", defaultPort: 9101)
        identity = reader.text("broker.identity", default: "brokerd")
    }
}
