// SPDX-License-Identifier: MIT
import ServiceLifecycle

/// Calls `round` again and again, `interval` after it has returned, until cancelled or shut down.
package func repeating(
    every interval: Duration, _ round: @escaping @Sendable () async -> Void
) async {
    await cancelWhenGracefulShutdown {
        while true {
            // Cancelled means asked to stop, which is no error.
            do { try await Task.sleep(for: interval) } catch { return }
            await round()
        }
    }
}
