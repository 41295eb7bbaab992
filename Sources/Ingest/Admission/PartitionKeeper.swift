// SPDX-License-Identifier: MIT
import Daemon
import Logging
import Metrics
import PostgresStore

/// Makes the partitions of the coming months, and sounds the alarm when they run short.
struct PartitionKeeper: Sendable {
    private let store: OrderStore
    private let readiness: Readiness
    private let logger: Logger
    private let ahead = Gauge(label: "mesh_partitions_months_ahead")

    private static let interval: Duration = .seconds(24 * 3600)
    /// After a failure, or while they are short; usually they reach three months ahead, so there is time.
    private static let retryInterval: Duration = .seconds(60)
    /// With fewer, the next month may begin without a partition, and orders be refused.
    private static let monthCountMin = 1
    private static let check = "partitions"

    init(store: OrderStore, readiness: Readiness, logger: Logger) {
        self.store = store
        self.readiness = readiness
        self.logger = logger
        readiness.expect(Self.check)
    }

    /// Makes what is missing, once, and reports how far the partitions reach.
    ///
    /// - Returns: when to come again.
    func keep() async -> Duration {
        var failure: PostgresError?
        do throws(PostgresError) {
            let count = try await store.createPartitions()
            if count > 0 {
                logger.info(
                    "partitions created", metadata: .keyed([.count: .stringConvertible(count)]))
            }
        } catch {
            failure = error
            logger.error("partitions not created", metadata: .keyed([.error: "\(error)"]))
        }
        do throws(PostgresError) {
            let months = try await store.partitionsAhead()
            ahead.record(months)
            report(months, failure)
            return failure == nil && months >= Self.monthCountMin
                ? Self.interval : Self.retryInterval
        } catch {
            // Whether they are short is not known; that the database is away is told elsewhere.
            logger.warning("partitions not counted", metadata: .keyed([.error: "\(error)"]))
            return Self.retryInterval
        }
    }

    /// One that failed while there are enough is for the log: orders are stored as well as ever.
    private func report(_ months: Int, _ failure: PostgresError?) {
        guard months < Self.monthCountMin else { return readiness.ready(Self.check) }
        let cause = failure.map { ": \($0)" } ?? ""
        readiness.unready(Self.check, reason: "they reach \(months) months ahead\(cause)")
    }
}
