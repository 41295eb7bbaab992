// SPDX-License-Identifier: MIT
package import Orders
package import Saga
package import ServiceClients
import Wire

/// Sends a message on that follows from no delivery. Its id follows from the order and from what it
/// says, so that it is stored once, however often it is sent.
package struct StepAnnouncer: Sendable {
    private let send: @Sendable (StepSettlement.Output) async throws -> Void

    /// - Parameter send: returns once the message is stored.
    package init(_ send: @escaping @Sendable (StepSettlement.Output) async throws -> Void) {
        self.send = send
    }

    package init(_ client: BrokerClient) {
        self.init { output in
            _ = try await client.publish(Envelope(output), to: output.queue.rawValue)
        }
    }

    /// Returns once `message` is stored in the queue of its kind.
    package func announce(
        _ message: StepMessage, tenant: String, trace: TraceID
    ) async throws {
        let origin = StepDelivery(
            sequence: 0, token: 0, attempt: 1, attemptsMax: 1, lease: .zero,
            id: MessageID(message.order.value), trace: trace, tenant: tenant, body: [])
        for output in StepSettlement(origin, .done(sending: [message])).outputs {
            try await send(output)
        }
    }
}
