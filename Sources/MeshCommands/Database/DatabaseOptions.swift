// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation

/// Which database a command speaks to.
struct DatabaseOptions: ParsableArguments {
    @Option(
        help: "libpq connection string; default: MESH_POSTGRES_CONNINFO, else the mesh's own.")
    var postgres: String?

    /// The connection string, by what was said, the environment, or the run directory, in this order.
    func connectionInfo(of mesh: MeshOptions) throws -> String {
        let named = postgres ?? ProcessInfo.processInfo.environment["MESH_POSTGRES_CONNINFO"]
        return try named ?? MeshMap.read(from: mesh.runDir).postgres
    }
}
