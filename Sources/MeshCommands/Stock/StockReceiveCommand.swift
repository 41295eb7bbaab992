// SPDX-License-Identifier: MIT
import ArgumentParser
import Logging
import Orders
import PostgresStore

/// `meshctl stock receive`: puts pieces of a product on the shelf.
struct StockReceiveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "receive", abstract: "Put pieces of a product on the shelf.")

    @Argument(help: "The product.")
    var product: String

    @Argument(help: "How many, 1 to 1,000,000,000.")
    var pieces: Int64

    @OptionGroup var mesh: MeshOptions

    private static let statement = PostgresStatement(
        "meshctl.receive", "SELECT stock_receive($1::text, $2::bigint) IS NULL")

    func validate() throws {
        guard (1...1_000_000_000).contains(pieces) else {
            throw ValidationError("a number of pieces is 1 to 1,000,000,000")
        }
    }

    func run() async throws {
        let product = try ProductID(product)
        let map = try MeshMap.read(from: mesh.runDir)
        let values: [PostgresValue] = [.text(product.text), .int64(pieces)]
        try await MeshDatabase.withPool(map.postgres, logger: Logger(label: "meshctl")) { pool in
            _ = try await pool.query(Self.statement, values)
        }
        print("\(pieces) of \(product.text) received")
    }
}
