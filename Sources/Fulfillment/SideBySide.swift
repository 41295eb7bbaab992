// SPDX-License-Identifier: MIT
import Dispatch
import Glibc
import PostgresStore
import Synchronization

/// Blocking calls made by several threads at once, for whoever blocks anyway.
enum SideBySide {
    /// A disk that syncs sixteen files at once writes its journal a few times for all of them.
    private static let threadCountMax = 16

    /// Syncs all files.
    ///
    /// - Returns: the error number of each that failed, by its index.
    static func syncFiles(_ descriptors: [Int32]) -> [Int: Int32] {
        let work = Work(descriptors)
        let helpers = DispatchGroup()
        for _ in 1..<max(min(threadCountMax, descriptors.count), 1) {
            helpers.enter()
            let hasStarted = BlockingThread.start(named: "receipt-sync") {
                work.run()
                helpers.leave()
            }
            if !hasStarted { helpers.leave() }
        }
        work.run()
        helpers.wait()
        return work.failures
    }

    /// What the threads share.
    private final class Work: Sendable {
        private let descriptors: [Int32]
        private let state = Mutex(State())

        private struct State {
            var next = 0
            var failures: [Int: Int32] = [:]
        }

        init(_ descriptors: [Int32]) { self.descriptors = descriptors }

        var failures: [Int: Int32] { state.withLock(\.failures) }

        func run() {
            while let index = take() {
                guard fsync(descriptors[index]) != 0 else { continue }
                let code = errno
                state.withLock { $0.failures[index] = code }
            }
        }

        private func take() -> Int? {
            state.withLock { state in
                guard state.next < descriptors.count else { return nil }
                defer { state.next += 1 }
                return state.next
            }
        }
    }
}
