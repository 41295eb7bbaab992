// SPDX-License-Identifier: MIT

package import Daemon
import HTTPCalls
package import Pipeline

/// The configuration of `notificationd`.
package struct NotificationSettings: DaemonSettings {
    package let stage: StageSettings
    /// `webhook.timeout`: one call, from name look-up to the last byte (1s...60s).
    package let webhookTimeout: Duration
    /// `webhook.patience`: how long a batch waits for its calls before it goes on without those that
    /// have not ended (50ms...60s).
    package let patience: Duration
    /// `webhook.endpointCountMax`: receivers that may all be slow at the same time without anybody
    /// else waiting for them (1...256).
    package let endpointCountMax: Int
    /// `webhook.pause`: for how long a recipient who failed five times in a row is left alone at first
    /// (100ms...1h).
    let pause: Duration
    /// `webhook.retries`: the waits after each failed call, of webhooks and mails alike.
    let retries: RetrySchedule
    /// `webhook.addresses`: `public_only`, or `any` where receivers stand on this machine or in a
    /// private network. URLs come from tenants: `any` lets them reach whatever this daemon reaches.
    let addresses: AddressPolicy
    /// `smtp...`; nil without `smtp.url`.
    let mail: MailSettings?

    package init(from reader: SettingsReader) throws(ConfigurationError) {
        // No order waits for this: some twenty milliseconds of them cost little more than one.
        stage = try StageSettings(from: reader, gather: .milliseconds(20))
        let webhook = reader.scoped("webhook")
        webhookTimeout = try webhook.duration(
            "timeout", default: .seconds(10), in: .seconds(1)...(.seconds(60)))
        patience = try webhook.duration(
            "patience", default: .seconds(1), in: .milliseconds(50)...(.seconds(60)))
        pause = try webhook.duration(
            "pause", default: .seconds(30), in: .milliseconds(100)...(.seconds(3_600)))
        endpointCountMax = try webhook.integer("endpointCountMax", default: 64, in: 1...256)
        retries = RetrySchedule(
            waits: try webhook.durations(
                "retries", default: RetrySchedule.recommended.waits,
                in: .milliseconds(1)...(.seconds(604_800))))
        addresses = try webhook.choice("addresses", default: AddressPolicy.publicOnly)
        mail = try MailSettings(from: reader.scoped("smtp"))
    }

    /// Calls under way at the same time.
    var callCountMax: Int { endpointCountMax * RecipientLane<Telling>.underWayCountMax }

    /// The longest that one call can take.
    var callDurationMax: Duration { max(webhookTimeout, mail?.server.timeout ?? .zero) }
}
