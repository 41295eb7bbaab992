// SPDX-License-Identifier: MIT
import Foundation
import PostgresStore
import ServiceClients
import Wire

/// What a mesh has spent so far; two of them tell what was spent between.
struct MeshSpending: Sendable {
    /// CPU time by program, `postgres` among them.
    private(set) var cpu: [String: Duration] = [:]
    /// Transactions of PostgreSQL that wrote something, and the bytes of its log.
    private(set) var transactionCount: Int64 = 0
    private(set) var walByteCount: Int64 = 0
    /// Messages that brokerd took, and its syncs.
    private(set) var messageCount: UInt64 = 0
    private(set) var brokerSyncCount: UInt64 = 0

    // Not from the statistics, which connections report a second late, or ten.
    private static let counters = PostgresStatement(
        "bench.counters",
        """
        SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
            (pg_current_wal_insert_lsn() - '0/0')::bigint
        """)

    static func read(
        of mesh: BenchMesh, _ pool: PostgresPool, _ broker: BrokerClient
    ) async throws -> MeshSpending {
        var spending = MeshSpending()
        for (daemon, pid) in mesh.processes() {
            spending.add(ProcessCPU(pid: pid).time(), of: daemon.rawValue)
        }
        spending.add(
            PostgresCPU(dataDirectory: mesh.layout.postgres + "/data").time(), of: "postgres")
        spending.add(ProcessCPU(pid: getpid()).time(), of: "client")
        if let row = try await pool.query(counters).first {
            spending.transactionCount = try row[0]
            spending.walByteCount = try row[1]
        }
        let statistics = try await broker.stats()
        spending.messageCount = statistics.queues.reduce(0) { $0 + $1.publishedTotal }
        spending.brokerSyncCount = statistics.fsyncsTotal
        return spending
    }

    /// What was spent between `before` and this.
    func since(_ before: MeshSpending) -> MeshSpending {
        var spent = self
        for (program, time) in before.cpu { spent.cpu[program, default: .zero] -= time }
        spent.transactionCount -= before.transactionCount
        spent.walByteCount -= before.walByteCount
        spent.messageCount -= before.messageCount
        spent.brokerSyncCount -= before.brokerSyncCount
        return spent
    }

    private mutating func add(_ time: Duration?, of program: String) {
        guard let time else { return }
        cpu[program, default: .zero] += time
    }
}

/// The CPU time of a PostgreSQL server: of the postmaster, of the processes that have ended, and of
/// those that live.
struct PostgresCPU {
    let dataDirectory: String

    /// Nil when no server runs there.
    func time() -> Duration? {
        guard let data = FileManager.default.contents(atPath: dataDirectory + "/postmaster.pid"),
            let line = String(decoding: data, as: UTF8.self).split(separator: "\n").first,
            let postmaster = Int32(line),
            let whole = ProcessCPU(pid: postmaster).time(withEnded: true)
        else { return nil }
        return children(of: postmaster).reduce(whole) { $0 + (ProcessCPU(pid: $1).time() ?? .zero) }
    }

    private func children(of parent: Int32) -> [Int32] {
        let file = "/proc/\(parent)/task/\(parent)/children"
        guard let data = FileManager.default.contents(atPath: file) else { return [] }
        return String(decoding: data, as: UTF8.self).split(separator: " ").compactMap { Int32($0) }
    }
}
