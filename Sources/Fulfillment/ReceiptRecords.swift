// SPDX-License-Identifier: MIT
import Orders
import PostgresStore

/// What the database has recorded of receipts, for whoever compares them with the files.
struct ReceiptRecords: Sendable {
    let pool: PostgresPool

    private static let clock = PostgresStatement("receipts.now", "SELECT clock_timestamp()")
    private static let since = PostgresStatement(
        "receipts.since",
        """
        SELECT order_id, checksum, coalesce(page_checksum, '') FROM receipts
        WHERE created_at >= $1
        """)
    private static let correction = PostgresStatement(
        "receipts.correct",
        """
        UPDATE receipts AS r
        SET checksum = s.checksum, byte_count = s.byte_count, page_path = s.page_path,
            page_checksum = s.page_checksum, page_byte_count = s.page_byte_count
        FROM unnest(
            $1::uuid[], $2::bytea[], $3::bigint[], $4::text[], $5::bytea[], $6::bigint[]
        ) AS s (order_id, checksum, byte_count, page_path, page_checksum, page_byte_count)
        WHERE r.order_id = s.order_id
        """)

    /// The checksums of one order's files; that of a page which was never written is empty.
    struct Record: Sendable {
        let order: OrderID
        let data: [UInt8]
        let page: [UInt8]
    }

    /// The database's clock, which also dates the records.
    func now() async throws(PostgresError) -> MeshInstant {
        try await pool.query(Self.clock)[0][0]
    }

    /// What was recorded at or after `instant`.
    func since(_ instant: MeshInstant) async throws(PostgresError) -> [Record] {
        var records: [Record] = []
        for row in try await pool.query(Self.since, [.timestamp(instant)]) {
            records.append(Record(order: OrderID(try row[0]), data: try row[1], page: try row[2]))
        }
        return records
    }

    /// What is to be on the receipts of `orders`.
    func contents(of orders: [OrderID]) async throws(PostgresError) -> [OrderID: Receipt] {
        try await pool.transaction { session throws(PostgresError) in
            try ReceiptBook.read(orders, in: session)
        }
    }

    /// Records that the files of these orders have other bytes now.
    func correct(_ filed: [ReceiptBook.Filed]) async throws(PostgresError) {
        guard !filed.isEmpty else { return }
        try await pool.query(
            Self.correction,
            [
                .uuids(filed.map(\.order.value)), .bytesList(filed.map(\.data.checksum)),
                .int64s(filed.map { Int64($0.data.byteCount) }), .texts(filed.map(\.page.path)),
                .bytesList(filed.map(\.page.checksum)),
                .int64s(filed.map { Int64($0.page.byteCount) }),
            ])
    }
}
