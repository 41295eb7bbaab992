// SPDX-License-Identifier: MIT
import Orders
import PostgresStore

/// Which receipts there are, by fulfillmentd's database.
struct DatabaseReceipts: Sendable {
    let pool: PostgresPool

    /// A receipt's files: for programs, and for people where it has one.
    struct Record: Sendable {
        let order: UniqueID
        let files: [(name: String, checksum: [UInt8])]
    }

    func count() async throws(PostgresError) -> UInt64 {
        let count: Int64 = try await pool.query(Self.count)[0][0]
        return UInt64(count)
    }

    /// By order, behind `last`.
    func page(after last: UniqueID, limit: Int) async throws(PostgresError) -> [Record] {
        var records: [Record] = []
        for row in try await pool.query(Self.select, [.uuid(last), .int64(Int64(limit))]) {
            let (path, pagePath): (String, String?) = (try row[1], try row[3])
            var files: [(name: String, checksum: [UInt8])] = [(path, try row[2])]
            if let pagePath { files.append((pagePath, try row[4])) }
            records.append(Record(order: try row[0], files: files))
        }
        return records
    }

    private static let count = PostgresStatement(
        "migrate.receipts-count", "SELECT count(*) FROM receipts")

    private static let select = PostgresStatement(
        "migrate.receipts-page",
        """
        SELECT order_id, path, checksum, page_path, coalesce(page_checksum, '') FROM receipts
        WHERE order_id > $1 ORDER BY order_id LIMIT $2
        """)
}
