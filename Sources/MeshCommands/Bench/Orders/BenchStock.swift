// SPDX-License-Identifier: MIT
import PostgresStore

/// The stock of a run: enough for every order.
enum BenchStock {
    private static let pieces: Int64 = 1_000_000_000
    private static let receive = PostgresStatement(
        "bench.receive",
        "SELECT stock_receive(product, $2) IS NULL FROM unnest($1::text[]) AS arrivals (product)")

    static func receive(run: String, on pool: PostgresPool) async throws(PostgresError) {
        let products = (0..<OrderMix.productCount).map { "\(run)-\($0)" }
        try await pool.query(receive, [.texts(products), .int64(pieces)])
    }
}

/// The receipts of a benchmark's database: every fulfilled order has one, and they are counted cheaply.
enum BenchReceipts {
    private static let pause = Duration.milliseconds(200)
    /// For so long none comes: none will.
    private static let silence = Duration.seconds(20)
    private static let statement = PostgresStatement(
        "bench.receipts", "SELECT count(*) FROM receipts")

    static func count(on pool: PostgresPool) async throws(PostgresError) -> Int {
        guard let row = try await pool.query(statement).first else { return 0 }
        let count: Int64 = try row[0]
        return Int(count)
    }

    /// Waits until `count` receipts have come to the `before` that were there, or none comes any more.
    static func await(_ count: Int, beside before: Int, on pool: PostgresPool) async throws {
        var last = before
        var changed = ContinuousClock.now
        while last < before + count, .now < changed + silence {
            try await Task.sleep(for: pause)
            let now = try await Self.count(on: pool)
            if now != last { changed = .now }
            last = now
        }
    }
}
