// SPDX-License-Identifier: MIT
import Orders
import PostgresStore

/// Asks a database, in one snapshot, whom promises are broken to.
struct ChaosAudit: Sendable {
    let pool: PostgresPool

    /// A file that is to be there, as the database has it.
    struct Receipt: Sendable {
        let order: UniqueID
        let path: String
        let checksum: [UInt8]
        let byteCount: Int64
    }

    /// What one snapshot shows.
    struct Finding: Sendable {
        var breaches: [ChaosBreach] = []
        var receipts: [Receipt] = []
    }

    private static let accepted = PostgresStatement(
        "chaos.accepted",
        """
        SELECT given.id::text, CASE WHEN o.id IS NULL THEN 'is not stored'
            ELSE coalesce('its key names ' || k.order_id, 'its key is not kept') END
        FROM unnest($1::uuid[], $2::text[], $3::text[]) AS given (id, tenant, key)
        LEFT JOIN orders AS o ON o.id = given.id AND o.created_at = order_created_at(given.id)
        LEFT JOIN idempotency_keys AS k ON k.tenant = given.tenant AND k.key = given.key
        WHERE o.id IS NULL OR k.order_id IS DISTINCT FROM given.id
        LIMIT 20
        """)
    private static let receipts = PostgresStatement(
        "chaos.files",
        "SELECT order_id, path, checksum, byte_count FROM receipts WHERE created_at >= $1")

    /// - Parameters:
    ///   - accepted: answers that were given before.
    ///   - since: receipts recorded from then on are handed out, to be compared with the disk.
    func take(
        _ checks: [ChaosCheck], accepted: [ChaosAnswers.Accepted], receiptsSince since: MeshInstant
    ) async throws(PostgresError) -> Finding {
        try await pool.transaction(.readOnly) { session throws(PostgresError) in
            var finding = Finding()
            for check in checks {
                for row in try session.execute(check.statement) {
                    let subject: String = try row[0]
                    finding.breaches.append(ChaosBreach(check.rule, subject, try row[1]))
                }
            }
            for row in try session.execute(Self.accepted, Self.parameters(accepted)) {
                let order: String = try row[0]
                finding.breaches.append(
                    ChaosBreach("an accepted order is kept", order, try row[1]))
            }
            for row in try session.execute(Self.receipts, [.timestamp(since)]) {
                finding.receipts.append(
                    Receipt(
                        order: try row[0], path: try row[1], checksum: try row[2],
                        byteCount: try row[3]))
            }
            return finding
        }
    }

    private static func parameters(_ accepted: [ChaosAnswers.Accepted]) -> [PostgresValue] {
        [
            .uuids(accepted.map(\.order)), .texts(accepted.map(\.tenant)),
            .texts(accepted.map(\.key)),
        ]
    }
}
