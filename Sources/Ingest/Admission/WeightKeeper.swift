// SPDX-License-Identifier: MIT
import Daemon
import Logging
import PostgresStore
import ServiceClients
import ServiceLifecycle
import Sessions
import Wire

/// Sees that the broker serves tenants by the weights of their plans. Who has no plan of his own
/// keeps what an operator gave him.
struct WeightKeeper: Service {
    private let store: OrderStore
    private let broker: BrokerClient
    private let logger: Logger

    private static let interval: Duration = .seconds(30)
    private static let retryInterval: Duration = .seconds(2)

    init(store: OrderStore, broker: BrokerClient, logger: Logger) {
        self.store = store
        self.broker = broker
        self.logger = logger
    }

    /// Keeps them until cancelled or shut down.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            var pause: Duration
            repeat {
                pause = await keep() ? Self.interval : Self.retryInterval
            } while (try? await Task.sleep(for: pause)) != nil
        }
    }

    /// Compares once, and changes what differs.
    ///
    /// - Returns: false when the broker or the database was away.
    func keep() async -> Bool {
        do {
            let known = try await broker.weights()
            let plans = try await store.planWeights(known.map(\.tenant))
            let changes = Self.changes(from: known, to: plans)
            guard !changes.isEmpty else { return true }
            _ = try await broker.setWeights(
                SetWeights(weights: changes, who: "", why: "the weights of plans"))
            logger.info(
                "weights set", metadata: .keyed([.count: .stringConvertible(changes.count)]))
            return true
        } catch let error as CallError where error.code == .unsupported {
            // A bridge: SQS has no turns.
            return true
        } catch {
            logger.debug("weights not set", metadata: .keyed([.error: "\(error)"]))
            return false
        }
    }

    /// What differs, by name, as far as one request takes it.
    static func changes(
        from known: [TenantWeight], to plans: [String: UInt32]
    ) -> [TenantWeight] {
        let current = Dictionary(known.map { ($0.tenant, $0.weight) }) { $1 }
        let changes = plans.compactMap { tenant, weight -> TenantWeight? in
            let wanted = min(max(weight, 1), UInt32(WireLimits.weightMax))
            guard wanted != current[tenant] ?? 1 else { return nil }
            return TenantWeight(tenant: tenant, weight: wanted)
        }
        return Array(changes.sorted { $0.tenant < $1.tenant }.prefix(WireLimits.weightCountMax))
    }
}
