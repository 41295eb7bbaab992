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

/// Orders of a benchmark's database through which every stage is done, counted cheaply.
enum BenchTold {
    private static let pause = Duration.milliseconds(200)
    /// For so long none comes: none will.
    private static let silence = Duration.seconds(20)
    // Customers are told when an order is reserved, charged and fulfilled.
    private static let statement = PostgresStatement(
        "bench.told",
        """
        SELECT least(
            (SELECT count(*) FROM receipts), (SELECT count(*) FROM notifications) / 3)
        """)

    static func count(on pool: PostgresPool) async throws(PostgresError) -> Int {
        guard let row = try await pool.query(statement).first else { return 0 }
        let count: Int64 = try row[0]
        return Int(count)
    }

    /// Waits until `count` orders have come to the `before` that were there, or none comes any more.
    ///
    /// - Returns: how many have come.
    static func await(
        _ count: Int, beside before: Int, on pool: PostgresPool
    ) async throws -> Int {
        var last = before
        var changed = ContinuousClock.now
        while last < before + count, .now < changed + silence {
            try await Task.sleep(for: pause)
            let now = try await Self.count(on: pool)
            if now != last { changed = .now }
            last = now
        }
        return last - before
    }
}
