// SPDX-License-Identifier: MIT
package import Orders
package import Saga

/// Where steps come from and where they are settled: the broker, or one inside a test.
package protocol StepQueue: Sendable {
    /// Deliveries in the groups in which they arrive. Ends when the subscription is lost for good.
    associatedtype Deliveries: AsyncSequence<[StepDelivery], any Error> & Sendable

    /// Begins to take deliveries, at most `credit` of them unsettled at a time.
    func deliveries(from queue: StageQueue, credit: Int) async throws -> Deliveries

    /// Ends the subscription; what is still unsettled goes back unharmed.
    func stop(_ queue: StageQueue) async

    /// Settles each by itself; one answer each, in order.
    func settle(_ settlements: [StepSettlement], in queue: StageQueue) async -> [SettleAnswer]

    /// Nothing more is done with these deliveries, however they ended: there is room for others.
    func done(with deliveries: [StepDelivery], in queue: StageQueue) async

    /// Asks for `duration` from now for each lease. A lease that has ended stays ended.
    func extend(_ deliveries: [StepDelivery], by duration: Duration, in queue: StageQueue) async

    /// Whether each message is or was in the queue; nil when nobody can tell just now.
    func hasSeen(_ ids: [MessageID], in queue: StageQueue) async -> [Bool]?
}
