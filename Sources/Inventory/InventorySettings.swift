// SPDX-License-Identifier: MIT
package import Daemon
package import Pipeline

/// The configuration of `inventoryd`.
package struct InventorySettings: DaemonSettings {
    package let stage: StageSettings
    /// `inventory.holdMax`: how long stock is held for an order that nobody charges (0: for ever).
    package let holdMax: Duration

    package init(from reader: SettingsReader) throws(ConfigurationError) {
        stage = try StageSettings(from: reader)
        // Longer than an outage of the provider that customers forgive; shorter than a weekend.
        holdMax = try reader.duration(
            "inventory.holdMax", default: .seconds(24 * 3600), in: .zero...(.seconds(90 * 86_400)))
    }
}
