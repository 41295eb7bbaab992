// SPDX-License-Identifier: MIT

package import Daemon
import HTTPCalls
package import Pipeline

/// The configuration of `notificationd`.
package struct NotificationSettings: DaemonSettings {
    package let stage: StageSettings
    /// `webhook.timeout`: one call, from name look-up to the last byte (1s...60s).
    package let webhookTimeout: Duration
    /// `webhook.endpointCountMax`: endpoints called side by side in one batch (1...256).
    package let endpointCountMax: Int
    /// `webhook.addresses`: `public_only`, or `any` where receivers stand on this machine or in a
    /// private network. URLs come from tenants: `any` lets them reach whatever this daemon reaches.
    let addresses: AddressPolicy

    package init(from reader: SettingsReader) throws(ConfigurationError) {
        // No order waits for this: some twenty milliseconds of them cost little more than one.
        stage = try StageSettings(from: reader, gather: .milliseconds(20))
        let webhook = reader.scoped("webhook")
        webhookTimeout = try webhook.duration(
            "timeout", default: .seconds(10), in: .seconds(1)...(.seconds(60)))
        endpointCountMax = try webhook.integer("endpointCountMax", default: 32, in: 1...256)
        addresses = try webhook.choice("addresses", default: AddressPolicy.publicOnly)
    }
}
