// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import Logging
import PostgresStore

/// `meshctl db migrate`: brings a database to the schema of this program.
struct DatabaseMigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Apply the schema; harmless to repeat, all of it or nothing.")

    @Option(
        help: "libpq connection string; default: MESH_POSTGRES_CONNINFO, else the mesh's own.")
    var postgres: String?

    @OptionGroup var mesh: MeshOptions

    func run() async throws {
        let named = postgres ?? ProcessInfo.processInfo.environment["MESH_POSTGRES_CONNINFO"]
        let connectionInfo = try named ?? MeshMap.read(from: mesh.runDir).postgres
        let database = MeshDatabase.named(connectionInfo)
        try await database.migrate(logger: Logger(label: "meshctl"))
        print("the schema is at version \(SchemaMigration.version)")
    }
}
