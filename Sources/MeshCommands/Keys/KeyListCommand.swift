// SPDX-License-Identifier: MIT
import ArgumentParser
import Logging
import PostgresStore

/// `meshctl key ls`: the keys that there are, without their secrets.
struct KeyListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List keys; nobody can list secrets.")

    @OptionGroup var mesh: MeshOptions

    private static let select = PostgresStatement(
        "meshctl.keys",
        """
        SELECT id, tenant, note, made_by, made_at::text, coalesce(revoked_at::text, '-')
        FROM api_keys ORDER BY tenant, made_at
        """)

    func run() async throws {
        let map = try MeshMap.read(from: mesh.runDir)
        let rows = try await MeshDatabase.withPool(
            map.postgres, logger: Logger(label: "meshctl")
        ) { pool in try await pool.query(Self.select) }
        var table = TextTable("id", "tenant", "note", "made by", "made", "revoked")
        for row in rows {
            let words: [String] = [
                try row[0], try row[1], try row[2], try row[3], try row[4], try row[5],
            ]
            table.add(words[0], words[1], words[2], words[3], words[4], words[5])
        }
        print(table.text)
    }
}
