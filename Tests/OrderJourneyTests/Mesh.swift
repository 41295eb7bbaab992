// SPDX-License-Identifier: MIT
import FoundationEssentials
import Logging
import Orders
import Payment
import Pipeline
import Saga
import StageTestSupport

@testable import Fulfillment
@testable import Inventory

/// The three stages at work on one database and queues in memory, with the real runtime between.
struct Mesh: Sendable {
    let fixture: OrderFixture
    let queue = MemoryStepQueue()
    let receipts: ReceiptDirectory

    init() throws {
        fixture = try OrderFixture(connectionCount: 6)
        receipts = ReceiptDirectory(
            path: FileManager.default.temporaryDirectory.path + "/journey-\(UUID())")
        try receipts.prepare()
    }

    /// Lets the stages work until no message is left for them, then stops them.
    ///
    /// - Parameter provider: of payments; the ledger unless given.
    func runUntilIdle(
        configuration: StageConfiguration = .init(), except absent: Set<StageQueue> = []
    ) async throws {
        let inventory = runtime(InventoryStage(pool: fixture.pool), configuration)
        let payment = runtime(
            PaymentStage(pool: fixture.pool, provider: LedgerProvider(pool: fixture.pool)),
            configuration)
        let fulfillment = runtime(
            FulfillmentStage(pool: fixture.pool, receipts: receipts), configuration)
        try await withThrowingTaskGroup(of: Void.self) { group in
            if !absent.contains(.inventory) { group.addTask { try await inventory.run() } }
            if !absent.contains(.payment) { group.addTask { try await payment.run() } }
            if !absent.contains(.fulfillment) { group.addTask { try await fulfillment.run() } }
            await queue.consumed(by: 3 - absent.count)
            await queue.idle()
            inventory.beginDrain()
            payment.beginDrain()
            fulfillment.beginDrain()
            try await group.waitForAll()
        }
    }

    func place(_ items: [String: Int], customer: String = "bob", total: Int64 = 1000) async throws
        -> OrderID
    {
        let order = try await fixture.place(items, customer: customer, total: total)
        await queue.publish(StepMessage(.reserve, order: order), id: OutputID.start(of: order))
        return order
    }

    private func runtime<Handler: StageHandler>(
        _ handler: Handler, _ configuration: StageConfiguration
    ) -> StageRuntime<Handler, MemoryStepQueue> {
        StageRuntime(
            handler, queue: queue, configuration: configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }
}

extension Mesh {
    /// Invariants 3 and 4 as sums; all zero when they hold.
    func imbalances() async throws -> [String: Int64] {
        let sums = [
            "ledger entries": "SELECT coalesce(sum(amount_minor), 0)::bigint FROM ledger_entries",
            "fulfilled orders not charged their total": """
            SELECT count(*) FROM orders AS o WHERE (o.status = 'fulfilled') <> (
                SELECT coalesce(sum(CASE kind WHEN 'charge' THEN amount_minor
                    ELSE -amount_minor END), 0) = o.total_minor AND o.total_minor > 0
                FROM ledger_transfers AS t WHERE t.order_id = o.id)
            """,
            "balances against transfers": """
            SELECT coalesce(sum(balance_minor), 0)::bigint - (
                SELECT coalesce(sum(CASE kind WHEN 'charge' THEN amount_minor
                    ELSE -amount_minor END), 0) FROM ledger_transfers)::bigint
            FROM customer_accounts
            """,
            "pieces reserved against reservations": """
            SELECT coalesce(sum(reserved), 0)::bigint - (SELECT coalesce(sum(quantity), 0)
                FROM reservations WHERE state = 'held')::bigint FROM stock
            """,
            "pieces shipped against fulfilled orders": """
            SELECT coalesce(sum(shipped), 0)::bigint - (
                SELECT coalesce(sum(i.quantity), 0) FROM orders AS o,
                    jsonb_to_recordset(o.items) AS i (quantity bigint)
                WHERE o.status = 'fulfilled')::bigint FROM stock
            """,
        ]
        var found: [String: Int64] = [:]
        for (name, sql) in sums {
            let sum = try await fixture.number(sql)
            if sum != 0 { found[name] = sum }
        }
        return found
    }
}

extension Mesh {
    /// Puts a directory where the order's receipt is to be.
    func blockReceipts(of order: OrderID) throws {
        try FileManager.default.createDirectory(
            atPath: "\(receipts.path)/\(Receipt.path(of: order))/x",
            withIntermediateDirectories: true)
    }

    func unblockReceipts(of order: OrderID) throws {
        try FileManager.default.removeItem(
            atPath: "\(receipts.path)/\(Receipt.path(of: order))")
    }
}
