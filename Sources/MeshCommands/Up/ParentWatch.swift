// SPDX-License-Identifier: MIT
import Foundation
import ServiceLifecycle

/// Ends, and with it the mesh, when standard input is closed: when who started us is gone.
struct ParentWatch: Service {
    func run() async throws {
        let ended = AsyncStream<Void> { continuation in
            FileHandle.standardInput.readabilityHandler = { handle in
                if handle.availableData.isEmpty {
                    handle.readabilityHandler = nil
                    continuation.finish()
                }
            }
        }
        for await _ in ended.cancelOnGracefulShutdown() {}
    }
}
