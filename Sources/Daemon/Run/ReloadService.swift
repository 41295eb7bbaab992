// SPDX-License-Identifier: MIT

import Logging
import ServiceLifecycle
import Synchronization
import UnixSignals

/// Runs the hooks at SIGHUP: certificates are read anew without a restart.
final class ReloadService: Service {
    typealias Hook = @Sendable () async throws -> Void

    private let hooks = Mutex<[(name: String, hook: Hook)]>([])
    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    func add(_ name: String, _ hook: @escaping Hook) {
        hooks.withLock { $0.append((name, hook)) }
    }

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            await reload()
        }
    }

    /// Every hook is tried; one that fails leaves the old state in force and is logged.
    func reload() async {
        for (name, hook) in hooks.withLock({ $0 }) {
            do {
                try await hook()
                logger.info("reloaded", metadata: .keyed([.key: "\(name)"]))
            } catch {
                logger.error(
                    "reload failed", metadata: .keyed([.key: "\(name)", .error: "\(error)"]))
            }
        }
    }
}
