// SPDX-License-Identifier: MIT
import Daemon
import Orders
import PostgresStore
import SecureTransport
import Sessions

/// Where this daemon's idempotency keys are kept.
extension IngestService {
    /// The way to the mesh's key service, without which nothing is admitted; nil when keys are kept with
    /// the orders.
    static func keyService(
        _ settings: IngestSettings, _ tls: TLSContext, _ context: DaemonContext
    ) -> MeshConnection? {
        guard case .service(let endpoint, let identity) = settings.keys else { return nil }
        let connection = connection(to: endpoint, identity, tls, context)
        report(connection, as: "keys", to: context.readiness)
        return connection
    }

    /// The orders in the database.
    ///
    /// - Throws: when keys are elsewhere, and there is one that has not expired in the database: it would be
    ///   free to the service, and its repeat another order.
    static func store(
        on pool: PostgresPool, keysWith service: MeshConnection?, _ settings: IngestSettings,
        _ context: DaemonContext
    ) async throws -> OrderStore {
        guard service != nil else { return OrderStore(pool: pool) }
        let store = OrderStore(
            pool: pool, keys: .elsewhere(margin: KeyNames.margin(of: settings.keyLifetime)))
        guard try await store.hasKeys(at: context.clock.now()) else { return store }
        throw ConfigurationError(
            .outOfBounds, key: "keys.host",
            "the database holds keys that have not expired: `meshctl cloud migrate` moves them")
    }
}
