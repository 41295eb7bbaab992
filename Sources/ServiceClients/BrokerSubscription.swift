// SPDX-License-Identifier: MIT
import Sessions
package import Wire

/// The deliveries of one queue, in the groups in which the broker sends them. For one consumer.
package struct BrokerSubscription: AsyncSequence, Sendable {
    package typealias Element = DeliveryBatch
    package typealias Failure = any Error

    package let queue: String
    package let number: UInt32
    package let credit: UInt32
    /// Holds no more than the credit.
    let stream: AsyncThrowingStream<DeliveryBatch, any Error>
    let continuation: AsyncThrowingStream<DeliveryBatch, any Error>.Continuation

    package func makeAsyncIterator() -> AsyncThrowingStream<DeliveryBatch, any Error>.Iterator {
        stream.makeAsyncIterator()
    }
}

/// Deliveries that came together.
package struct DeliveryBatch: Sendable {
    package let deliveries: [Delivery]
    /// Which of the client's connections they came by.
    package let generation: UInt64
}
