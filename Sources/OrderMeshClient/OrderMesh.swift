// SPDX-License-Identifier: MIT

import FoundationEssentials
import NIOPosix
import Orders
import SecureTransport
import Sessions
import Wire

/// A client of the order mesh: places orders exactly once, reads them, watches them.
///
/// It works while `run` does, in a task of its own; `withMesh` arranges that:
/// ```swift
/// try await OrderMesh.withMesh(configuration) { mesh in
///     let placement = try await mesh.place(MeshOrderRequest(customer: "c-1", items: items))
///     for try await event in mesh.watch(placement.order) { print(event.status) }
/// }
/// ```
/// One client carries any number of calls at once, over one connection that comes back when lost.
public final class OrderMesh: Sendable {
    private let connection: MeshConnection
    private let watches: OrderWatches
    private let tenant: String
    private let deadline: Duration

    /// Reads the certificate files; connects to nothing yet.
    /// - Throws: `configuration`, when a file cannot be used.
    public init(_ configuration: OrderMeshConfiguration) throws(OrderMeshError) {
        tenant = configuration.tenant ?? ""
        let files = TLSFiles(
            certificate: configuration.certificatePath, privateKey: configuration.privateKeyPath,
            trustRoots: configuration.trustRootsPath)
        do throws(OrderError) {
            if !tenant.isEmpty { _ = try TenantID(tenant) }
        } catch {
            throw OrderMeshError(.configuration, message: error.explanation)
        }
        do throws(TLSError) {
            connection = MeshConnection(
                to: MeshEndpoint(host: configuration.host, port: configuration.port),
                tls: try TLSContext(role: .client, files: files), expecting: .service("ingestd"),
                name: configuration.name, group: MultiThreadedEventLoopGroup.singleton)
        } catch {
            throw OrderMeshError(.configuration, message: error.reason)
        }
        deadline = configuration.deadline
        watches = OrderWatches(connection, tenant: tenant)
    }

    /// Runs a client for as long as `body` does.
    /// - Throws: what `body` throws, or `configuration`.
    public static func withMesh<Value: Sendable>(
        _ configuration: OrderMeshConfiguration,
        _ body: @Sendable (OrderMesh) async throws -> Value
    ) async throws -> Value {
        let client = try OrderMesh(configuration)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await client.run() }
            defer { tasks.cancelAll() }
            return try await body(client)
        }
    }

    /// Keeps the connection until the task is cancelled. To be called once at a time.
    /// - Throws: `CancellationError`.
    public func run() async throws {
        try await connection.run()
    }

    // MARK: Orders

    /// Places an order, once: every retry carries the same idempotency key, and waits as long as
    /// the
    /// mesh asks.
    /// - Parameter deadline: for all tries together; nil: the configuration's.
    /// - Returns: when the order is on disk.
    /// - Throws: at once what no retry would change, otherwise the last refusal when the deadline
    ///   is
    ///   reached or the mesh asks to wait beyond it.
    public func place(
        _ order: MeshOrderRequest, deadline: Duration? = nil
    ) async throws(OrderMeshError) -> Placement {
        let key = order.idempotencyKey ?? Self.makeID().description
        let request = PlaceOrder(
            tenant: tenant, customer: order.customer, idempotencyKey: key,
            currency: order.currency,
            items: order.items.map {
                Item(
                    product: $0.product, quantity: $0.quantity, unitPriceMinor: $0.unitPriceMinor)
            })
        try Self.check(request)
        let placed = try await retrying(
            request, answer: OrderPlaced.self, trace: Self.makeID(), deadline)
        return Placement(
            order: MeshOrderID(placed.order), status: MeshOrderStatus(rawValue: placed.status),
            isReplayed: placed.replayed, idempotencyKey: key,
            keyExpires: Date(milliseconds: placed.keyExpiresMilliseconds),
            correlationID: placed.trace.description)
    }

    /// Reads an order and its story.
    /// - Parameter deadline: for all tries together; nil: the configuration's.
    /// - Throws: `unknownOrder` when the tenant has none such.
    public func order(
        _ id: MeshOrderID, deadline: Duration? = nil
    ) async throws(OrderMeshError) -> MeshOrder {
        let request = GetOrder(tenant: tenant, order: id.value)
        let record = try await retrying(request, answer: OrderRecord.self, trace: .zero, deadline)
        return MeshOrder(record)
    }

    /// Follows an order until its status is final: every event once, in order, across reconnects.
    /// - Parameter number: only events after this one; 0: from the beginning.
    /// - Returns: a stream that throws `OrderMeshError`, such as `unknownOrder`.
    public func watch(
        _ id: MeshOrderID, after number: UInt64 = 0
    ) -> AsyncThrowingStream<MeshOrderEvent, any Error> {
        watches.open(id.value, after: number)
    }

    // MARK: Retries

    private func retrying<Q: WireMessage, A: WireMessage>(
        _ request: Q, answer: A.Type, trace: UniqueID, _ deadline: Duration?
    ) async throws(OrderMeshError) -> A {
        var schedule = RetrySchedule(deadline: ContinuousClock.now + (deadline ?? self.deadline))
        while true {
            do throws(CallError) {
                return try await connection.call(
                    request, answer: answer, trace: trace,
                    deadline: schedule.timeForTry(at: .now))
            } catch {
                let delay = try schedule.delay(after: error, at: .now)
                do {
                    try await Task.sleep(for: delay)
                } catch {
                    throw OrderMeshError(
                        .cancelled, mayHaveBeenApplied: schedule.mayHaveBeenApplied,
                        message: "cancelled between two tries")
                }
            }
        }
    }

    /// Longer texts than fields take would trap in the encoder.
    private static func check(_ request: PlaceOrder) throws(OrderMeshError) {
        let isFitting =
            request.tenant.utf8.count <= 64 && request.customer.utf8.count <= 128
            && (1...255).contains(request.idempotencyKey.utf8.count)
            && request.currency.utf8.count <= 3 && request.items.count <= 10_000
            && request.items.allSatisfy { $0.product.utf8.count <= 64 }
        guard isFitting else {
            throw OrderMeshError(.invalidOrder, message: "a text or list is longer than its field")
        }
    }

    private static func makeID() -> UniqueID {
        var generator = SystemRandomNumberGenerator()
        return .version7(milliseconds: Date().milliseconds, using: &generator)
    }
}
