// SPDX-License-Identifier: MIT
package import Daemon
package import Pipeline
package import ServiceLifecycle

/// The configuration of `paymentd`.
package typealias PaymentSettings = StageSettings

/// The payment daemon: the stage with the ledger as its provider, and the reconciler behind it.
package struct PaymentService {
    /// What to run, in the sequence of starting.
    package let services: [any Service]

    package init(_ settings: PaymentSettings, _ context: DaemonContext) async throws {
        let parts = try await StageParts(settings, context)
        let stage = PaymentStage(pool: parts.pool, provider: LedgerProvider(pool: parts.pool))
        services = parts.services(
            running: stage, beside: [PaymentReconciler(stage, logger: context.logger)])
    }
}
