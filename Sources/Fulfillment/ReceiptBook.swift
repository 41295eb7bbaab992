// SPDX-License-Identifier: MIT
import Daemon
import FoundationEssentials
import Orders
import Pipeline
import PostgresStore
import SecureTransport

/// The statements of fulfillment.
struct ReceiptBook {
    private static let contents = PostgresStatement(
        "receipts.contents",
        """
        SELECT o.id, o.tenant, o.customer, o.items::text, o.total_minor, o.currency, o.trace,
               p.provider_key, p.provider, coalesce(p.reference, p.provider_key)
        FROM orders AS o JOIN payments AS p ON p.order_id = o.id
        WHERE o.id = ANY($1::uuid[]) AND o.created_at BETWEEN $2 AND $3
        """)
    private static let record = PostgresStatement(
        "receipts.record",
        """
        INSERT INTO receipts
            (order_id, path, checksum, byte_count, page_path, page_checksum, page_byte_count)
        SELECT * FROM unnest(
            $1::uuid[], $2::text[], $3::bytea[], $4::bigint[], $5::text[], $6::bytea[],
            $7::bigint[])
        ON CONFLICT (order_id) DO NOTHING
        """)
    // Only a charge that stands is kept: a reversal that came first has moved it on, and the count
    // then tells.
    private static let capture = PostgresStatement(
        "receipts.capture",
        """
        UPDATE payments SET state = 'captured', updated_at = now()
        WHERE order_id = ANY($1::uuid[]) AND state = 'charged'
        """)

    /// A receipt in its directory.
    struct Filed {
        let order: OrderID
        let data: Kept
        let page: Kept

        /// What is recorded of one file.
        struct Kept {
            let path: String
            let checksum: [UInt8]
            let byteCount: Int

            init(_ file: ReceiptDirectory.File) {
                path = file.name
                checksum = Digest.sha256(file.bytes)
                byteCount = file.bytes.count
            }
        }

        init(_ files: ReceiptFiles) {
            order = files.order
            data = Kept(files.data)
            page = Kept(files.page)
        }
    }

    /// What is to be on the receipts.
    ///
    /// - Precondition: the orders' rows are locked.
    static func read(
        _ orders: [OrderID], in session: PostgresSession
    ) throws(PostgresError) -> [OrderID: Receipt] {
        guard !orders.isEmpty else { return [:] }
        let (ids, first, last) = OrderBook.bounds(orders)
        var receipts: [OrderID: Receipt] = [:]
        for row in try session.execute(contents, [ids, first, last]) {
            let id = OrderID(try row[0])
            let currency = Currency(unchecked: try row[5])
            let trace: UniqueID = try row[6]
            receipts[id] = Receipt(
                order: id.description, tenant: try row[1], customer: try row[2],
                orderedAtMilliseconds: id.createdAt.milliseconds,
                orderedAt: TimestampText(id.createdAt).description, items: try items(row[3]),
                total: Money(minorUnits: try row[4], currency: currency).decimal,
                currency: currency.code, payment: try row[7], provider: try row[8],
                reference: try row[9], correlation: trace.description)
        }
        return receipts
    }

    /// Keeps the money and records the receipts of orders whose charge stands.
    ///
    /// - Throws: `serialization` when a charge did not stand any more: the transaction is run again
    ///   and reads anew.
    static func close(_ filed: [Filed], in session: PostgresSession) throws(PostgresError) {
        guard !filed.isEmpty else { return }
        let ids = PostgresValue.uuids(filed.map(\.order.value))
        let answers = try session.pipeline([
            (capture, [ids]),
            (
                record,
                [
                    ids, .texts(filed.map(\.data.path)), .bytesList(filed.map(\.data.checksum)),
                    .int64s(filed.map { Int64($0.data.byteCount) }),
                    .texts(filed.map(\.page.path)), .bytesList(filed.map(\.page.checksum)),
                    .int64s(filed.map { Int64($0.page.byteCount) }),
                ]
            ),
        ])
        guard answers[0].affectedCount == filed.count else {
            throw PostgresError(.serialization, "a charge was reversed under our locks")
        }
    }

    private static func items(_ json: String) throws(PostgresError) -> [Receipt.Item] {
        do {
            return try JSONDecoder().decode([Receipt.Item].self, from: Data(json.utf8))
        } catch {
            throw PostgresError(.undecodable, "the items of an order are not items: \(error)")
        }
    }
}
