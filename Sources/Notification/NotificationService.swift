// SPDX-License-Identifier: MIT

package import Daemon
import HTTPCalls
package import Pipeline
import Saga
package import ServiceLifecycle

/// The notification daemon: the stage that tells customers.
package struct NotificationService {
    /// What to run, in the sequence of starting.
    package let services: [any Service]

    package init(
        _ settings: NotificationSettings, _ feed: some StageFeed, _ context: DaemonContext
    ) async throws {
        let parts = try await StageParts(settings.stage, feed, context)
        let store = NotificationStore(pool: parts.pool)
        let lanes = CallLanes(
            caller: Self.caller(settings, context), store: store, clock: context.clock,
            logger: context.logger, underWayCountMax: settings.callCountMax,
            pause: settings.pause)
        func handler(_ queue: StageQueue) -> NotificationHandler {
            NotificationHandler(
                queue: queue, store: store, lanes: lanes,
                verdicts: TellingVerdicts(schedule: settings.retries), clock: context.clock,
                patience: settings.patience, callDurationMax: settings.callDurationMax)
        }
        services = parts.services(
            running: handler(.notification), and: handler(.notificationRetry), beside: [lanes])
    }

    private static func caller(
        _ settings: NotificationSettings, _ context: DaemonContext
    ) -> RecipientCaller {
        var configuration = HTTPCallerConfiguration(addressPolicy: settings.addresses)
        // The lanes limit how many calls go to whom; here they must only never wait for each other.
        configuration.connectionCountMax = settings.callCountMax
        configuration.connectionCountPerHostMax = settings.callCountMax
        let webhooks = WebhookSender(
            caller: HTTPCaller(configuration), timeout: settings.webhookTimeout,
            clock: context.clock)
        return RecipientCaller(
            webhooks: webhooks, mail: settings.mail.map { MailSender($0) }, clock: context.clock)
    }
}
