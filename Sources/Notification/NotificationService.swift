// SPDX-License-Identifier: MIT

package import Daemon
import HTTPCalls
import Pipeline
package import ServiceLifecycle

/// The notification daemon: the stage that calls webhooks.
package struct NotificationService {
    /// What to run, in the sequence of starting.
    package let services: [any Service]

    package init(_ settings: NotificationSettings, _ context: DaemonContext) async throws {
        let parts = try await StageParts(settings.stage, context)
        let caller = HTTPCaller(HTTPCallerConfiguration(addressPolicy: settings.addresses))
        let sender = WebhookSender(
            caller: caller, timeout: settings.webhookTimeout, clock: context.clock)
        services = parts.services(
            running: NotificationHandler(
                store: NotificationStore(pool: parts.pool), sender: sender, clock: context.clock,
                endpointCountMax: settings.endpointCountMax))
    }
}
