// SPDX-License-Identifier: MIT
import ArgumentParser
import OrderMeshClient
import SecureTransport
import Sessions

/// For which tenant of which mesh an order command speaks.
struct TenantOptions: ParsableArguments {
    @Option(help: "The tenant.")
    var tenant: String = "default"

    @OptionGroup var mesh: MeshOptions

    /// Runs `body` with the client library, connected to ingestd as the operator.
    func withClient<Value: Sendable>(
        _ body: @Sendable (OrderMesh) async throws -> Value
    ) async throws -> Value {
        let (endpoint, files, _) = try mesh.target("ingestd")
        let configuration = OrderMeshConfiguration(
            host: endpoint.host, port: endpoint.port, certificatePath: files.certificate,
            privateKeyPath: files.privateKey, trustRootsPath: files.trustRoots, tenant: tenant,
            name: "meshctl", deadline: .seconds(15))
        return try await OrderMesh.withMesh(configuration, body)
    }
}

extension MeshOrderID {
    /// Reads an argument of the command line.
    static func argument(_ text: String) throws -> MeshOrderID {
        guard let id = MeshOrderID(text) else {
            throw ValidationError("not the id of an order: \(text)")
        }
        return id
    }
}
