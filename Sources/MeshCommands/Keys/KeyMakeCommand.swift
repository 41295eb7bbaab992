// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import Logging
import Orders
import PostgresStore
import SecureTransport

/// `meshctl key make TENANT`: prints a new key, once; it counts within a second.
struct KeyMakeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make", abstract: "Make a key for a tenant, and print it: nobody can again.")

    @Argument(help: "The tenant that it speaks for.")
    var tenant: String

    @Option(help: "What it is for.")
    var note = ""

    @OptionGroup var mesh: MeshOptions

    private static let insert = PostgresStatement(
        "meshctl.key",
        "INSERT INTO api_keys (id, tenant, secret_hash, note, made_by) VALUES ($1, $2, $3, $4, $5)")

    func run() async throws {
        let tenant = try TenantID(tenant)
        var chance = SystemRandomNumberGenerator()
        let secret = (0..<APIKey.secretByteCount).map { _ in
            UInt8.random(in: 0...255, using: &chance)
        }
        let key = APIKey(id: chance.next(), secret: secret)
        let who = ProcessInfo.processInfo.environment["USER"] ?? "meshctl"
        let values: [PostgresValue] = [
            .text(key.id), .text(tenant.text), .bytes(Digest.sha256(key.secret)), .text(note),
            .text(who),
        ]
        let map = try MeshMap.read(from: mesh.runDir)
        try await MeshDatabase.withPool(map.postgres, logger: Logger(label: "meshctl")) { pool in
            _ = try await pool.query(Self.insert, values)
        }
        print(key.text)
    }
}
