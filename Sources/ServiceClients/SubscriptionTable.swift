// SPDX-License-Identifier: MIT
import Sessions
import Wire

/// The subscriptions of one client, over all its connections.
struct SubscriptionTable {
    /// Counts connections; deliveries of an earlier one are over.
    private(set) var generation: UInt64 = 0
    private var active: [UInt32: BrokerSubscription] = [:]
    /// Those whose CONSUME is on its way, or waits for a connection: not to be asked for twice.
    private var asked: Set<UInt32> = []
    private var lastNumber: UInt32 = 0

    mutating func add(_ queue: String, credit: UInt32) -> BrokerSubscription {
        lastNumber += 1
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: DeliveryBatch.self)
        let subscription = BrokerSubscription(
            queue: queue, number: lastNumber, credit: credit, stream: stream,
            continuation: continuation)
        active[lastNumber] = subscription
        asked.insert(lastNumber)
        return subscription
    }

    /// Ends the sequence of a subscription that nobody wants any more.
    mutating func remove(_ number: UInt32) {
        active.removeValue(forKey: number)?.continuation.finish()
    }

    /// CONSUME was answered, or no answer will come: the next connection asks again.
    mutating func answered(_ number: UInt32) { asked.remove(number) }

    /// Begins the next connection; the subscriptions to ask for on it.
    mutating func renew() -> [BrokerSubscription] {
        generation += 1
        let missing = active.values.filter { !asked.contains($0.number) }
        asked.formUnion(missing.map(\.number))
        return missing.sorted { $0.number < $1.number }
    }

    func deliver(_ message: Deliver) {
        let batch = DeliveryBatch(deliveries: message.deliveries, generation: generation)
        active[message.subscription]?.continuation.yield(batch)
    }

    /// Ends one subscription with an error.
    mutating func fail(_ number: UInt32, _ error: CallError) {
        active.removeValue(forKey: number)?.continuation.finish(throwing: error)
    }

    /// Ends all of them with an error.
    mutating func fail(_ error: CallError) {
        for subscription in active.values { subscription.continuation.finish(throwing: error) }
        active = [:]
    }
}
