// SPDX-License-Identifier: MIT
import OrderMeshClient
import Orders
import SecureTransport

/// Sends orders through the client library, one client for each tenant.
struct ClientOrderRoute: Sendable {
    let clients: [String: OrderMesh]

    private static let deadline = Duration.seconds(120)

    /// Clients with the operator's certificate, which may speak for any tenant.
    init(map: MeshMap, tenants: [String]) throws(OrderMeshError) {
        var clients: [String: OrderMesh] = [:]
        for tenant in tenants {
            clients[tenant] = try OrderMesh(
                OrderMeshConfiguration(
                    host: "127.0.0.1", port: map.mesh["ingestd"] ?? 0,
                    certificatePath: map.operatorFiles.certificate,
                    privateKeyPath: map.operatorFiles.privateKey,
                    trustRootsPath: map.operatorFiles.trustRoots, tenant: tenant, name: "demo"))
        }
        self.clients = clients
    }

    /// Keeps all connections until cancelled.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in clients.values { group.addTask { try await client.run() } }
            try await group.waitForAll()
        }
    }

    func send(_ order: DemoOrder) async throws -> DemoAnswer {
        guard let client = clients[order.tenant] else {
            throw CommandError("no client for tenant \(order.tenant)")
        }
        let request = MeshOrderRequest(
            customer: order.customer,
            items: order.items.map { item in
                MeshOrderItem(
                    product: item.product, quantity: UInt32(item.quantity),
                    unitPriceMinor: Int64(item.unitPriceMinor))
            },
            idempotencyKey: order.key)
        let placement = try await client.place(request, deadline: Self.deadline)
        guard let id = UniqueID(placement.order.description) else {
            throw CommandError("not the id of an order: \(placement.order)")
        }
        return .accepted(id, isReplayed: placement.isReplayed)
    }
}
