// SPDX-License-Identifier: MIT
import Daemon
import Logging
import Orders
import PostgresStore
import ServiceLifecycle

/// What must be done now and then: partitions for the coming months, expired keys.
struct Housekeeping: Service {
    private let store: OrderStore
    private let clock: any MeshClock
    private let partitions: PartitionKeeper
    private let logger: Logger

    private static let keyInterval: Duration = .seconds(10)
    /// Small enough that no request waits for the sweep.
    private static let keyCountMax = 1_000
    /// So many swept keys leave room that is worth making usable at once.
    private static let vacuumCountMin = 10_000

    init(
        store: OrderStore, clock: any MeshClock, readiness: Readiness, logger: Logger
    ) {
        self.store = store
        self.clock = clock
        partitions = PartitionKeeper(store: store, readiness: readiness, logger: logger)
        self.logger = logger
    }

    /// Keeps house until cancelled or shut down.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await keepPartitions() }
                group.addTask { await sweepKeys() }
            }
        }
    }

    private func keepPartitions() async {
        var pause: Duration
        repeat { pause = await partitions.keep() } while (try? await Task.sleep(for: pause)) != nil
    }

    private func sweepKeys() async {
        var sweptCount = 0
        while (try? await Task.sleep(for: Self.keyInterval)) != nil {
            do throws(PostgresError) {
                var count: Int
                repeat {
                    count = try await store.sweepKeys(at: clock.now(), limit: Self.keyCountMax)
                    sweptCount += count
                } while count == Self.keyCountMax
                guard sweptCount >= Self.vacuumCountMin else { continue }
                sweptCount = 0
                try await store.vacuumKeys()
            } catch {
                logger.warning("keys not swept", metadata: .keyed([.error: "\(error)"]))
            }
        }
    }
}
