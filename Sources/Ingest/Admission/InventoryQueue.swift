// SPDX-License-Identifier: MIT
import Idempotency
import NIOCore
import Orders
import Saga
import ServiceClients
import Sessions
import Wire

/// The broker's queue that every order starts in.
struct InventoryQueue: Sendable {
    /// What became of a batch.
    enum Outcome: Sendable, Equatable {
        case applied
        /// There is no room for these orders: they must not stand.
        case refused(String)
        /// They may be in the queue or not, or will be later: the outbox sees to it.
        case ambiguous(String)
    }

    static let name = StageQueue.inventory.rawValue
    /// For the client: long enough for a slow disk, short enough for a customer who waits, and
    /// shorter than what the sweeper takes for abandoned.
    static let deadline: Duration = .seconds(5)

    private let broker: BrokerClient

    init(_ broker: BrokerClient) {
        self.broker = broker
    }

    func publish(_ candidates: [Candidate]) async -> Outcome {
        await publish(
            candidates.map {
                Self.envelope($0.message, order: $0.id, trace: $0.claim.trace, $0.order.tenant)
            })
    }

    func publish(_ messages: [OrderStore.Outstanding]) async -> Outcome {
        await publish(
            messages.map { Self.envelope($0.message, order: $0.order, trace: $0.trace, $0.tenant) })
    }

    private func publish(_ envelopes: [Envelope]) async -> Outcome {
        do throws(CallError) {
            _ = try await broker.publish(envelopes, to: Self.name)
            return .applied
        } catch {
            return error.code == .queueFull ? .refused(error.message) : .ambiguous("\(error)")
        }
    }

    private static func envelope(
        _ message: MessageID, order: OrderID, trace: TraceID, _ tenant: TenantID
    ) -> Envelope {
        Envelope(
            id: message.value, trace: trace.value, group: order.value, tenant: tenant.text,
            priority: .normal, notBeforeMilliseconds: 0,
            body: ByteBuffer(bytes: StepMessage(.reserve, order: order).encoded))
    }
}
