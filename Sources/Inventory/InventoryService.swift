// SPDX-License-Identifier: MIT
package import Daemon
package import Pipeline
package import ServiceLifecycle

/// The inventory daemon: the stage, and those behind it who give back what is held for nothing.
package struct InventoryService {
    /// What to run, in the sequence of starting.
    package let services: [any Service]

    package init(
        _ settings: InventorySettings, _ feed: some StageFeed, _ context: DaemonContext
    ) async throws {
        let parts = try await StageParts(settings.stage, feed, context)
        var others: [any Service] = [
            ReservationSweeper(pool: parts.pool, logger: context.logger)
        ]
        if settings.holdMax > .zero {
            others.append(
                HoldExpirer(
                    pool: parts.pool, announcer: parts.announcer, logger: context.logger,
                    holdMax: settings.holdMax))
        }
        services = parts.services(
            running: InventoryStage(pool: parts.pool), beside: others)
    }
}
