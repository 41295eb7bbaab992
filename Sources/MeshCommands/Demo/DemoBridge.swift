// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import PostgresStore
import SecureTransport
import ServiceClients
import Sessions
import Wire

/// What a run through the bridge needs besides, and what must hold in AWS when it is over.
struct DemoBridge: Sendable {
    let map: MeshMap
    let plan: DemoPlan
    let wait: DemoWait

    private static let receiptsAtOnce = 16
    private static let lettersMax: UInt32 = 1_000

    private static let receipts = PostgresStatement(
        "demo.receipts",
        """
        SELECT path, checksum, page_path, page_checksum FROM receipts
        WHERE order_id = ANY ($1::uuid[])
        """)

    /// Opens a connection to the bridge, runs `body`, closes it.
    func withConnection<Result: Sendable>(
        _ body: @escaping @Sendable (MeshConnection) async throws -> Result
    ) async throws -> Result {
        let connection = try MeshOptions.connection(to: MeshDaemon.bridged.rawValue, of: map)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await connection.run() }
            defer { group.cancelAll() }
            return try await body(connection)
        }
    }

    /// The plans of the run's tenants stand in the bridge's table, not in the database.
    func setPlans() async throws {
        let plans = DemoWorld.plans(of: plan)
        try await withConnection { connection in
            let limiter = LimiterClient(connection)
            for plan in plans {
                try await wait.until("plans to be set") {
                    try await answered { () throws(CallError) in
                        _ = try await limiter.setPlan(plan, by: "demo", because: "a run")
                    }
                }
            }
        }
    }

    /// Whether nothing is left in any queue, every receipt lies in its bucket as it was recorded, and every
    /// order has its key.
    func account(for orders: [UniqueID], on pool: PostgresPool) async throws -> DemoCloudAccount {
        try await withConnection { connection in
            let broker = BrokerClient(connection)
            var account = DemoCloudAccount()
            try await wait.until("the queues to be empty") {
                try await answered { () throws(CallError) in
                    account.queues = try await broker.stats().queues
                } && account.isAtRest
            }
            for queue in account.queues where queue.dead > 0 {
                try await wait.until("the dead letters of \(queue.queue)") {
                    try await answered { () throws(CallError) in
                        account.letters[queue.queue] = try await broker.deadLetters(
                            of: queue.queue, limit: Self.lettersMax)
                    }
                }
            }
            let files = try await files(of: orders, on: pool)
            account.receiptCount = files.count
            account.wrongReceipts = try await wrongReceipts(files, ReceiptClient(connection))
            let named = try await namedOrders(KeyClient(connection))
            account.keyCount = named.count
            account.namelessOrders = orders.filter { !named.contains($0) }
            return account
        }
    }

    /// The orders that keys name.
    private func namedOrders(_ client: KeyClient) async throws -> Set<UniqueID> {
        var named: Set<UniqueID> = []
        var after = ""
        repeat {
            var page = Keys(keys: [], next: "")
            try await wait.until("the keys") {
                try await answered { () throws(CallError) in
                    page = try await client.list(after: after)
                }
            }
            named.formUnion(page.keys.map(\.order))
            after = page.next
        } while !after.isEmpty
        return named
    }

    // MARK: - Receipts

    private struct File: Sendable {
        let name: String
        let checksum: [UInt8]
    }

    private func files(of orders: [UniqueID], on pool: PostgresPool) async throws -> [File] {
        var files: [File] = []
        for row in try await pool.query(Self.receipts, [.uuids(orders)]) {
            files.append(File(name: try row[0], checksum: try row[1]))
            files.append(File(name: try row[2], checksum: try row[3]))
        }
        return files
    }

    /// Those that are not there, or say something else than was recorded.
    private func wrongReceipts(
        _ files: [File], _ client: ReceiptClient
    ) async throws -> [String] {
        try await withThrowingTaskGroup(of: String?.self) { group in
            var wrong: [String] = []
            for (index, file) in files.enumerated() {
                if index >= Self.receiptsAtOnce, let name = try await group.next() ?? nil {
                    wrong.append(name)
                }
                group.addTask { try await isThere(file, client) ? nil : file.name }
            }
            for try await name in group { if let name { wrong.append(name) } }
            return wrong
        }
    }

    private func isThere(_ file: File, _ client: ReceiptClient) async throws -> Bool {
        var found: [UInt8]?
        try await wait.until("receipt \(file.name)") {
            do throws(CallError) {
                found = Digest.sha256(try await client.get(file.name).body.readableBytesView)
                return true
            } catch {
                // Any other answer may be another one next time.
                return error.code == .unknownReceipt || error.code == .receiptDamaged
            }
        }
        return found == file.checksum
    }

    /// False when there was no answer: the bridge, or what is behind it, is away.
    private func answered(_ call: () async throws(CallError) -> Void) async throws -> Bool {
        do throws(CallError) {
            try await call()
            return true
        } catch {
            return false
        }
    }
}
