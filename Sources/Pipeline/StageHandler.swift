// SPDX-License-Identifier: MIT
package import PostgresStore
package import Saga

/// What one stage does with its steps. Everything around that is `StageRuntime`.
///
/// Steps are handled again after a crash or a lost settlement, and by two processes at once when a
/// lease ended too early: each change must be guarded by the state that it starts from.
package protocol StageHandler: Sendable {
    var queue: StageQueue { get }

    /// Handles all steps, each of another order; one outcome each, in order.
    ///
    /// - Throws: when nothing of the batch took effect, or it cannot be known. Unless the database
    ///   itself is away, each step is then handled alone, so that a poisoned one fails by itself.
    func handle(_ steps: [Step]) async throws(PostgresError) -> [StepOutcome]

    /// The settlement of `step` was refused and surely not applied: an output's queue is full.
    ///
    /// - Returns: what to settle instead; nil to settle the same again after the pause asked for.
    func handOverRefused(
        _ step: Step, reason: String, retryAfter: Duration?
    ) async throws(PostgresError) -> StepOutcome?

    /// `step` failed for the last time: undo what is to be undone before it goes to the dead letters.
    ///
    /// - Returns: the outcome to settle; its verdict is usually still `retry`.
    func givenUp(
        _ step: Step, reason: String
    ) async throws(PostgresError) -> StepOutcome
}

extension StageHandler {
    package func handOverRefused(
        _ step: Step, reason: String, retryAfter: Duration?
    ) async throws(PostgresError) -> StepOutcome? {
        nil
    }

    package func givenUp(
        _ step: Step, reason: String
    ) async throws(PostgresError) -> StepOutcome {
        .retry(reason)
    }
}
