// SPDX-License-Identifier: MIT
import OrderMeshClient

/// Has the client library do what a golden case asks of a customer of the mesh.
struct OrderDrive: Sendable {
    private typealias Result = [String: GoldenScalar]

    let instruction: GoldenInstruction

    init(_ instruction: GoldenInstruction) { self.instruction = instruction }

    func outcome() async throws -> GoldenOutcome {
        let configuration = OrderMeshConfiguration(
            host: instruction.host, port: instruction.port,
            certificatePath: instruction.cert, privateKeyPath: instruction.key,
            trustRootsPath: instruction.ca, name: "golden drive",
            deadline: .milliseconds(instruction.deadlineMilliseconds))
        do {
            let answers = try await OrderMesh.withMesh(configuration) { try await results($0) }
            return GoldenOutcome(outcome: .answered, results: answers)
        } catch let error as OrderMeshError {
            return GoldenOutcome(error)
        }
    }

    private func results(_ mesh: OrderMesh) async throws -> [Result] {
        switch instruction.do {
        case .placeOrders: try await place(instruction.orders ?? [], mesh)
        case .getOrder: [try await get(mesh)]
        case .watchOrder: try await watch(mesh)
        case .publish, .consume, .take:
            throw CommandError("\(instruction.do) is not for customers")
        }
    }

    private func place(
        _ orders: [GoldenInstruction.Order], _ mesh: OrderMesh
    ) async throws -> [Result] {
        guard instruction.atOnce == true else {
            var results: [Result] = []
            for order in orders { results.append(try await Self.place(order, mesh)) }
            return results
        }
        return try await withThrowingTaskGroup(of: (Int, Result).self) { tasks in
            for (index, order) in orders.enumerated() {
                tasks.addTask { (index, try await Self.place(order, mesh)) }
            }
            var results = [Result](repeating: [:], count: orders.count)
            for try await (index, result) in tasks { results[index] = result }
            return results
        }
    }

    private static func place(
        _ order: GoldenInstruction.Order, _ mesh: OrderMesh
    ) async throws -> Result {
        let placement = try await mesh.place(
            MeshOrderRequest(
                customer: order.customer,
                items: order.items.map {
                    MeshOrderItem(
                        product: $0.product, quantity: $0.quantity,
                        unitPriceMinor: $0.unitPriceMinor)
                }, currency: order.currency, idempotencyKey: order.idempotencyKey))
        return [
            "idempotency_key": .text(placement.idempotencyKey),
            "order": .text(placement.order.description),
            "status": .text(placement.status.rawValue), "replayed": .flag(placement.isReplayed),
        ]
    }

    private func get(_ mesh: OrderMesh) async throws -> Result {
        let order = try await mesh.order(try id())
        return [
            "order": .text(order.id.description), "status": .text(order.status.rawValue),
            "total_minor": .number(order.totalMinor),
        ]
    }

    private func watch(_ mesh: OrderMesh) async throws -> [Result] {
        var results: [Result] = []
        for try await event in mesh.watch(try id()) {
            results.append([
                "number": .number(Int64(event.number)), "status": .text(event.status.rawValue),
            ])
        }
        return results
    }

    private func id() throws -> MeshOrderID {
        guard let id = instruction.order.flatMap(MeshOrderID.init) else {
            throw CommandError("no order in the instruction")
        }
        return id
    }
}

extension GoldenOutcome {
    init(_ error: OrderMeshError) {
        self.init(
            outcome: .refused, error: Self.registryName(error.code.rawValue),
            effect: error.mayHaveBeenApplied ? "maybe_applied" : "not_applied",
            retryAfterMilliseconds: error.retryAfter.map { Int($0 / .milliseconds(1)) },
            message: error.message)
    }

    /// `keyConflict` as the registry of errors has it: `key_conflict`.
    static func registryName(_ name: String) -> String {
        name.map { $0.isUppercase ? "_" + $0.lowercased() : String($0) }.joined()
    }
}
