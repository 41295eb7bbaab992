// SPDX-License-Identifier: MIT
package import Daemon
package import Pipeline
package import ServiceLifecycle

/// The configuration of `inventoryd`.
package typealias InventorySettings = StageSettings

/// The inventory daemon: the stage, and the sweeper behind it.
package struct InventoryService {
    /// What to run, in the sequence of starting.
    package let services: [any Service]

    package init(_ settings: InventorySettings, _ context: DaemonContext) async throws {
        let parts = try await StageParts(settings, context)
        services = parts.services(
            running: InventoryStage(pool: parts.pool),
            beside: [ReservationSweeper(pool: parts.pool, logger: context.logger)])
    }
}
