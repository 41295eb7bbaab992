// SPDX-License-Identifier: MIT
import ArgumentParser
import Logging
import PostgresStore

/// `meshctl db migrate`: brings a database to the schema of this program.
struct DatabaseMigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Apply the schema; harmless to repeat, all of it or nothing.")

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var mesh: MeshOptions

    func run() async throws {
        let database = MeshDatabase.named(try database.connectionInfo(of: mesh))
        try await database.migrate(logger: Logger(label: "meshctl"))
        print("the schema is at version \(SchemaMigration.version)")
    }
}
