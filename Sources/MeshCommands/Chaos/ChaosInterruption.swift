// SPDX-License-Identifier: MIT
import Foundation
import UnixSignals

/// SIGINT and SIGTERM: the first asks for an early end, the second for one at once.
struct ChaosInterruption: Sendable {
    /// Ends with the first signal.
    let first: AsyncStream<Void>
    private let firstCame: AsyncStream<Void>.Continuation
    private let log: ChaosLog

    init(log: ChaosLog) {
        (first, firstCame) = AsyncStream.makeStream(of: Void.self)
        self.log = log
    }

    /// Listens until cancelled. With this process everything ends that it has started.
    func listen() async {
        var count = 0
        for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) {
            count += 1
            guard count == 1 else {
                log.say("interrupted again: ending at once")
                exit(EXIT_FAILURE)
            }
            log.say("interrupted: ending the faults")
            firstCame.finish()
        }
    }
}
