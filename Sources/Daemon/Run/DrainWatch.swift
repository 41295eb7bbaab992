// SPDX-License-Identifier: MIT

import Logging
import ServiceLifecycle

/// Makes the daemon unready the moment a graceful shutdown begins, before anything is closed.
struct DrainWatch: Service {
    let readiness: Readiness
    let logger: Logger

    func run() async throws {
        do {
            try await gracefulShutdown()
        } catch is CancellationError {
            return
        }
        readiness.drain()
        logger.info("draining")
    }
}
