// SPDX-License-Identifier: MIT
import Daemon
import Logging
import Orders
import PostgresStore
import SecureTransport
import ServiceLifecycle
import Synchronization

/// The API keys of all tenants, as last read from the table `api_keys`; a key that is made or revoked
/// counts within a second. While the database is away, those read before do.
final class APIKeyRing: Service {
    private struct Held {
        let tenant: TenantID
        let hash: [UInt8]
    }

    private let pool: PostgresPool
    private let logger: Logger
    private let keys = Mutex<[String: Held]>([:])

    init(pool: PostgresPool, logger: Logger) {
        self.pool = pool
        self.logger = logger
    }

    /// Whose the key is; nil when it is nobody's, or revoked.
    func tenant(of key: APIKey) -> TenantID? {
        guard let held = keys.withLock({ $0[key.id] }) else { return nil }
        // Hashes are compared, which says nothing about secrets in the time that it takes.
        return Digest.sha256(key.secret) == held.hash ? held.tenant : nil
    }

    /// Follows the database until cancelled or shut down.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            // Each connect counts as news as well, so nothing that was missed stays missed.
            for await _ in self.pool.listen(Self.channel) { await self.reload() }
        }
    }

    private func reload() async {
        do throws(PostgresError) {
            var read: [String: Held] = [:]
            for row in try await pool.query(Self.select) {
                read[try row[0]] = Held(tenant: TenantID(unchecked: try row[1]), hash: try row[2])
            }
            keys.withLock { $0 = read }
        } catch {
            logger.warning("API keys cannot be read", metadata: .keyed([.error: "\(error)"]))
        }
    }

    private static let channel = "api_keys"
    private static let select = PostgresStatement(
        "ingest.keys", "SELECT id, tenant, secret_hash FROM api_keys WHERE revoked_at IS NULL")
}
