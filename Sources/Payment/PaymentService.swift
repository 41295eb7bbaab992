// SPDX-License-Identifier: MIT
package import Daemon
import Logging
package import Pipeline
import PostgresStore
package import ServiceLifecycle

/// The payment daemon: the stage with its provider, the reconciler behind it, and the door at which
/// Stripe may knock.
package struct PaymentService {
    /// What to run, in the sequence of starting.
    package let services: [any Service]

    package init(
        _ settings: PaymentSettings, _ feed: some StageFeed, _ context: DaemonContext
    ) async throws {
        let parts = try await StageParts(settings.stage, feed, context)
        if let stripe = settings.stripe {
            let provider = StripeProvider(stripe.configuration, pool: parts.pool)
            services = try await Self.services(parts, provider, context) { reconciler in
                stripe.webhook.map { webhook in
                    [StripeWebhookServer(webhook, reconciler, pool: parts.pool, context)]
                } ?? []
            }
        } else {
            let provider = LedgerProvider(pool: parts.pool)
            services = try await Self.services(parts, provider, context) { _ in [] }
        }
    }

    private static func services<Provider: PaymentProvider>(
        _ parts: StageParts, _ provider: Provider, _ context: DaemonContext,
        beside others: (PaymentReconciler<Provider>) -> [any Service]
    ) async throws -> [any Service] {
        try await refuseOpenPayments(parts.pool, of: provider.name)
        let stage = PaymentStage(pool: parts.pool, provider: provider)
        let reconciler = PaymentReconciler(stage, logger: context.logger)
        return parts.services(running: stage, beside: [reconciler] + others(reconciler))
    }

    /// What one provider has taken, another can neither look up nor give back.
    private static func refuseOpenPayments(
        _ pool: PostgresPool, of provider: String
    ) async throws {
        let count = try await PaymentBook.openCount(notBy: provider, on: pool)
        guard count == 0 else {
            throw ConfigurationError(
                .outOfBounds, key: "payment.provider",
                "is \(provider), but \(count) open payments were begun with another; "
                    + "let that one finish them first")
        }
    }
}
