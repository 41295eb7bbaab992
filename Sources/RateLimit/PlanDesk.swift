// SPDX-License-Identifier: MIT
import Daemon
package import Logging
package import NIOCore
package import Orders
package import PostgresStore
import ServiceLifecycle
package import Sessions
import Synchronization
import TokenBucket
package import Wire

/// Keeps the plans in memory those of the database, and writes the ones that operators set.
package final class PlanDesk: Service {
    /// One SET_PLAN and where its answer goes.
    package struct Change: Sendable {
        package let plan: RatePlan
        /// The operator's identity and what he calls himself.
        package let who: String
        package let why: String
        package let session: SessionHandle
        package let correlation: UInt64
        package let trace: UniqueID
        /// When nobody waits for the answer any more.
        package let deadline: NIODeadline
    }

    private let store: PlanStore
    private let pool: PostgresPool
    private let directory: BucketDirectory
    private let leases: LeaseLedger
    private let clock: any MeshClock
    private let logger: Logger
    private let loads = Mutex(Loads())
    private let changes: AsyncStream<Change>
    private let continuation: AsyncStream<Change>.Continuation

    /// What was read before something else that is in force already must not bring back a plan of
    /// before: two loads may end in another order than they began.
    private struct Loads {
        private var begunCount = 0
        private var adopted = 0

        mutating func begin() -> Int {
            begunCount += 1
            return begunCount
        }

        mutating func isNews(_ number: Int) -> Bool {
            guard number > adopted else { return false }
            adopted = number
            return true
        }
    }

    /// Further ones are refused.
    private static let waitingCountMax = 256

    package init(
        store: PlanStore, pool: PostgresPool, directory: BucketDirectory, leases: LeaseLedger,
        clock: any MeshClock, logger: Logger
    ) {
        self.store = store
        self.pool = pool
        self.directory = directory
        self.leases = leases
        self.clock = clock
        self.logger = logger
        (changes, continuation) = AsyncStream.makeStream(
            bufferingPolicy: .bufferingOldest(Self.waitingCountMax))
    }

    /// - Returns: false when too many wait already.
    package func submit(_ change: Change) -> Bool {
        if case .enqueued = continuation.yield(change) { return true }
        return false
    }

    /// Follows the database until cancelled or shut down.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.follow() }
                group.addTask { await self.write() }
            }
        }
    }

    private func follow() async {
        // Each connect counts as news as well, so nothing that was missed stays missed.
        for await _ in pool.listen(PlanStore.channel) { await reload() }
    }

    private func reload() async {
        do throws(PostgresError) {
            let number = loads.withLock { $0.begin() }
            let plans = try await store.load()
            let now = clock.now()
            let changed = loads.withLock { loads in
                loads.isNews(number) ? directory.adopt(plans, at: now) : []
            }
            for (name, bucket) in changed {
                _ = leases.want(name, bucket, through: bucket.leaseTarget(for: 1, at: now))
            }
        } catch {
            logger.warning("plans cannot be read", metadata: .keyed([.error: "\(error)"]))
        }
    }

    private func write() async {
        for await change in changes { await write(change) }
    }

    private func write(_ change: Change) async {
        let plan = change.plan
        guard !change.deadline.hasPassed else {
            return change.session.fail(.late, to: change.correlation, trace: change.trace)
        }
        if let reason = Self.problem(with: plan) {
            return change.session.fail(
                ErrorReply(.badPlan, message: reason), to: change.correlation, trace: change.trace)
        }
        do throws(PostgresError) {
            try await store.save(
                TenantPlan(plan), for: plan.tenant, by: change.who, because: change.why)
            await reload()
            logger.info(
                "plan set",
                metadata: .keyed([
                    .tenant: "\(plan.tenant)", .who: "\(change.who)", .reason: "\(change.why)",
                ]))
            let answer = directory.plan(of: plan.tenant).message(for: plan.tenant)
            change.session.reply(Plan(plan: answer), to: change.correlation, trace: change.trace)
        } catch {
            let effect: Effect = error.mayHaveBeenApplied ? .maybeApplied : .notApplied
            change.session.fail(
                ErrorReply(
                    .unavailable, effect: effect, retryAfter: .seconds(1),
                    message: "plans cannot be written at present"),
                to: change.correlation, trace: change.trace)
        }
    }

    /// What is wrong with a plan; nil for a good one.
    private static func problem(with plan: RatePlan) -> String? {
        let bounds = TenantPlan.bounds
        let isGlobal = plan.tenant == PlanBook.globalName
        let isNamed = isGlobal || (try? TenantID(plan.tenant)) != nil
        guard isNamed, bounds.contains(plan.ratePerSecond), bounds.contains(plan.burst) else {
            return "rate and burst are 1 to \(bounds.upperBound), of a tenant or of '*'"
        }
        let slotCountMax = isGlobal ? 0 : UInt32(WireLimits.concurrencyMax)
        guard plan.concurrency <= slotCountMax else {
            return "concurrency is at most \(WireLimits.concurrencyMax), and none of '*'"
        }
        return nil
    }
}
