// SPDX-License-Identifier: MIT
import ArgumentParser
import Orders
import Sessions
import Wire

/// The order that a command is about.
struct OrderReference: ParsableArguments {
    @Argument(help: "The order's id.")
    var order: String

    @Option(help: "Its tenant.")
    var tenant: String = "default"

    @OptionGroup var mesh: MeshOptions

    var id: UniqueID {
        get throws {
            guard let id = UniqueID(order) else {
                throw ValidationError("not the id of an order: \(order)")
            }
            return id
        }
    }

    /// The order and its story so far.
    func fetch() async throws -> OrderRecord {
        let request = GetOrder(tenant: tenant, order: try id)
        return try await mesh.withConnection(to: "ingestd") { connection in
            try await connection.call(
                request, answer: OrderRecord.self, trace: .zero, deadline: .seconds(5))
        }
    }
}
