// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import Orders
import PostgresStore
import ServiceClients
import Sessions

/// `meshctl torture limiter`: SIGKILLs ratelimitd at random moments under takes over TLS, on a
/// PostgreSQL that syncs, and holds what the clients were granted against both promises.
struct TortureLimiterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limiter",
        abstract: "Kill ratelimitd under load, and hold what it granted against its plans.",
        discussion: """
            Grants in any window must not exceed burst + rate x window, across all kills; and a
            restart may cost less than one lease.
            """)

    @Option(help: "How often to kill it.")
    var kills = 100

    @Option(help: "Of the moments; what the system does is chance still.")
    var seed: UInt64 = 1

    @Option(help: "Where directories are made; on the disk to be trusted.")
    var directory: String?

    func validate() throws {
        guard (1...100_000).contains(kills) else {
            throw ValidationError("--kills is 1 to 100000")
        }
    }

    func run() async throws {
        let cluster = try PrivateCluster.start(
            in: "/tmp/mesh-torture-\(getpid())", isTemporary: true)
        defer { cluster.stop() }
        try await prepare(cluster.connectionInfo())
        let limiter = try await TorturedDaemon.start(
            "ratelimitd", in: directory,
            settings: ["MESH_POSTGRES_CONNINFO": cluster.connectionInfo()])
        let ledger = TakeLedger()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for subject in TakeLedger.subjects {
                let connection = try limiter.connection(
                    named: subject.tenant, delayMax: .milliseconds(50))
                tasks.addTask { try await connection.run() }
                let client = LimiterClient(connection, deadline: .seconds(3))
                let load = TakeLoad(client: client, subject: subject, ledger: ledger, seed: seed)
                load.start(in: &tasks)
            }
            try await limiter.torture(killCount: kills, seed: seed) { number in
                ledger.killed()
                if number % 20 == 0 { print("killed \(number) of \(kills): \(ledger.summary)") }
            }
            // One more life, so that the last restart is judged as well.
            try await Task.sleep(for: .seconds(2))
            tasks.cancelAll()
        }
        try await limiter.stop()
        try TortureVerdict.close(
            killCount: kills, summary: ledger.summary, breaches: ledger.judge())
    }

    private func prepare(_ connectionInfo: String) async throws {
        try await MeshDatabase.migrateQuietly(connectionInfo) { pool in
            for subject in TakeLedger.subjects {
                try await pool.query(
                    PostgresStatement(
                        "torture.plan",
                        "INSERT INTO plans (tenant, rate_per_second, burst) VALUES ($1, $2, $3)"),
                    [
                        .text(subject.tenant), .int64(Int64(subject.rate)),
                        .int64(Int64(subject.burst)),
                    ])
            }
        }
    }
}
