// SPDX-License-Identifier: MIT
import Orders
import PostgresStore

/// Whether the sums hold, as the database has them and not as anyone says.
struct DemoAudit: Sendable {
    var fulfilled = 0
    var rejected = 0
    var declined = 0
    /// Accepted orders in any other state.
    var unfinished = 0
    /// Orders whose net charge is not their total if fulfilled, else nothing.
    var wronglyCharged = 0
    /// Sum of all entries of the ledger; 0 when every movement has two sides.
    var ledgerSum: Int64 = 0
    /// Products of the run whose pieces do not add up, or that are still reserved.
    var wrongStock = 0
    /// Fulfilled orders without a receipt, or orders with one that were not fulfilled.
    var wrongReceipts = 0

    var isLedgerBalanced: Bool { ledgerSum == 0 && wronglyCharged == 0 }
    var isStockBalanced: Bool { wrongStock == 0 }

    /// Sums over `orders`, the accepted ones of the run.
    static func take(
        of orders: [UniqueID], run: String, on pool: PostgresPool
    ) async throws(PostgresError) -> DemoAudit {
        try await pool.transaction { session throws(PostgresError) in
            var audit = DemoAudit()
            for row in try session.execute(statuses, [.uuids(orders)]) {
                let status: String = try row[0]
                let count: Int64 = try row[1]
                audit.add(status, Int(count))
            }
            audit.wronglyCharged = try count(session, charges, [.uuids(orders)])
            audit.ledgerSum = Int64(try count(session, ledger, []))
            audit.wrongStock = try count(session, stock, [.text(run), .uuids(orders)])
            audit.wrongReceipts = try count(session, receipts, [.uuids(orders)])
            return audit
        }
    }

    private mutating func add(_ status: String, _ count: Int) {
        switch status {
        case "fulfilled": fulfilled += count
        case "rejected": rejected += count
        case "declined": declined += count
        default: unfinished += count
        }
    }

    private static func count(
        _ session: PostgresSession, _ statement: PostgresStatement, _ values: [PostgresValue]
    ) throws(PostgresError) -> Int {
        guard let row = try session.execute(statement, values).first else { return -1 }
        let count: Int64 = try row[0]
        return Int(count)
    }
}
