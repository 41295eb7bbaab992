// SPDX-License-Identifier: MIT
import Bridge
import Daemon
import Pipeline

/// The configuration of a stage, and of what brings it steps where that is not the broker.
struct InvokedSettings<Stage: DaemonSettings>: DaemonSettings {
    let stage: Stage
    let source: StageSettings.Source
    /// `aws...`, as the bridge has them; nil unless Lambda is the source.
    let cloud: BridgeSettings.Cloud?
    /// `lambda.margin`: how long before its deadline an invocation is answered (100ms...60s).
    let margin: Duration

    private static var marginDefault: Duration { .seconds(1) }

    init(from reader: SettingsReader) throws(ConfigurationError) {
        stage = try Stage(from: reader)
        source = try StageSettings.source(from: reader)
        guard source == .lambda else {
            cloud = nil
            margin = Self.marginDefault
            return
        }
        let aws = reader.scoped("aws")
        guard let cloud = try BridgeSettings.Cloud.read(from: aws) else {
            throw ConfigurationError(
                .missing, key: aws.fullKey("region"), "is required where Lambda is the source")
        }
        self.cloud = cloud
        margin = try reader.duration(
            "lambda.margin", default: Self.marginDefault,
            in: .milliseconds(100)...(.seconds(60)))
    }
}
