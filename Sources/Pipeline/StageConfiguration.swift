// SPDX-License-Identifier: MIT

/// How a stage works through its queue.
package struct StageConfiguration: Sendable, Equatable {
    /// Steps in one transaction. More make each cheaper and all of them later. 1...1000.
    package var batchCountMax: Int
    /// Batches in the works at the same time: one may settle while another is handled.
    package var workerCount: Int
    /// The least time between the beginnings of two batches of a worker: in it a batch with room for
    /// more gathers. After a pause in the work nothing waits.
    package var gather: Duration
    /// Consecutive failures of the database after which the stage pauses.
    package var failureCountMax: Int
    /// The first pause; doubled with each that follows, up to `pauseMax`.
    package var pause: Duration
    package var pauseMax: Duration

    package init(
        batchCountMax: Int = 256,
        workerCount: Int = 2,
        gather: Duration = .zero,
        failureCountMax: Int = 3,
        pause: Duration = .milliseconds(200),
        pauseMax: Duration = .seconds(10)
    ) {
        precondition((1...1000).contains(batchCountMax), "a batch has 1 to 1000 steps")
        precondition(workerCount > 0 && failureCountMax > 0, "at least one worker and one failure")
        self.batchCountMax = batchCountMax
        self.workerCount = workerCount
        self.gather = gather
        self.failureCountMax = failureCountMax
        self.pause = pause
        self.pauseMax = pauseMax
    }

    /// Deliveries leased ahead: one batch for each worker in hand and one on its way.
    var credit: Int { batchCountMax * workerCount * 2 }
}
