// SPDX-License-Identifier: MIT
import Foundation

/// Reads what a child process writes, on a thread of its own.
///
/// Not by `readabilityHandler`: its event source outlives a pipe that is closed under it, and brings
/// the whole test process down.
enum LineReader {
    /// Calls `received` with each piece, and with no bytes once at the end.
    static func start(_ pipe: Pipe, _ received: @escaping @Sendable (Data) -> Void) {
        Thread.detachNewThread {
            while true {
                let data = pipe.fileHandleForReading.availableData
                received(data)
                guard data.isEmpty else { continue }
                // Foundation frees a thread's objects late, and a test process starts hundreds.
                try? pipe.fileHandleForReading.close()
                return
            }
        }
    }
}
