// SPDX-License-Identifier: MIT
import ArgumentParser
import Logging
import PostgresStore

/// `meshctl key revoke ID`: refused within a second, for ever.
struct KeyRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Revoke a key by its id: the 16 digits after omk_.")

    @Argument(help: "The id, as `meshctl key ls` shows it.")
    var id: String

    @OptionGroup var mesh: MeshOptions

    private static let update = PostgresStatement(
        "meshctl.key-revoke",
        "UPDATE api_keys SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL")

    func run() async throws {
        let map = try MeshMap.read(from: mesh.runDir)
        let id = id
        let count = try await MeshDatabase.withPool(
            map.postgres, logger: Logger(label: "meshctl")
        ) { pool in try await pool.query(Self.update, [.text(id)]).affectedCount }
        guard count == 1 else { throw CommandError("there is no key \(id) in force") }
        print("\(id) revoked")
    }
}
