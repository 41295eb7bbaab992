// SPDX-License-Identifier: MIT
import Idempotency
import NIOCore
import Orders
import Saga
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
    /// Long enough for a slow disk, short enough for a client who waits.
    private static let deadline: Duration = .seconds(5)

    private let connection: MeshConnection

    init(_ connection: MeshConnection) {
        self.connection = connection
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
            _ = try await connection.call(
                PublishBatch(queue: Self.name, messages: envelopes), answer: PublishedBatch.self,
                deadline: Self.deadline)
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
