// SPDX-License-Identifier: MIT
package import Daemon
import Logging
import NIOCore
import Orders
import PostgresStore
import SecureTransport
package import ServiceLifecycle
import Sessions

/// The rate-limit daemon: takes in, decisions out, leases ahead of use on disk.
package final class LimiterService: Service {
    private let listener: MeshListener
    private let parts: LimiterParts
    private let checkpoints: CheckpointStore
    private let tenure: CheckpointStore.Tenure
    private let pool: PostgresPool
    private let context: DaemonContext

    private static let sweepInterval: Duration = .seconds(60)
    /// How long two limiters may serve beside each other before the older one stops.
    private static let tenureInterval: Duration = .seconds(1)
    /// A checkpoint that takes longer is as good as none.
    private static let statementLimit: Duration = .seconds(2)
    /// Below this many buckets there is nothing to gain from forgetting any.
    private static let evictionCountMin = 65_536

    /// Reads plans and checkpoints, notes that it runs, and opens the door.
    ///
    /// - Throws: when the database or the port cannot be had: a limiter that does not know what was
    ///   spent must not start.
    package init(_ settings: RateLimitSettings, _ context: DaemonContext) async throws {
        self.context = context
        let tls = try settings.tls.context(.server)
        pool = PostgresPool(
            PostgresConfiguration(
                connectionInfo: settings.postgres.conninfo,
                connectionCount: settings.postgres.connectionCountMax,
                applicationName: context.name, statementTimeout: Self.statementLimit),
            logger: context.logger)
        try await SchemaMigration.await(on: pool, logger: context.logger)
        checkpoints = CheckpointStore(pool: pool)
        let plans = PlanStore(pool: pool)
        let book = try await plans.load()
        let wall = context.clock
        let (clock, start, inheritance, tenure) = try await checkpoints.open(
            boot: SteadyClock.currentBoot
        ) { SteadyClock(wall: wall.now(), resuming: $0) }
        self.tenure = tenure
        context.logger.info(
            "buckets resumed",
            metadata: .keyed([
                .count: .stringConvertible(inheritance.checkpoints.count),
                .reason: inheritance.isClean ? "clean stop" : "crash",
            ]))
        let directory = BucketDirectory(
            plans: book, inheritance: inheritance, start: start,
            bucketCountMax: settings.bucketCountMax)
        let writer = CheckpointWriter(
            store: checkpoints, tenure: tenure, readiness: context.readiness,
            logger: context.logger)
        let parts = LimiterParts(
            clock: clock, directory: directory,
            refunds: RefundBook(capacity: settings.refundCountMax),
            writer: writer,
            counters: LimiterCounters(),
            planDesk: PlanDesk(
                store: plans, pool: pool, directory: directory, leases: writer.leases,
                clock: clock, logger: context.logger))
        parts.counters.register(in: context.metrics, buckets: directory)
        self.parts = parts
        context.onReload("tls") { try tls.reload() }
        listener = try await MeshListener.bind(
            host: settings.mesh.host, port: settings.mesh.port, tls: tls,
            group: context.eventLoopGroup, name: context.name, log: context.logger
        ) { LimiterFrameService(on: $0, parts: parts) }
        context.ports.listening("mesh", on: listener.port)
    }

    /// The port that takes come in on.
    package var port: Int { listener.port }

    /// What keeps the limiter going, in the order of starting.
    package var services: [any Service] { [pool, parts.writer, parts.planDesk, self] }

    /// Serves until shut down; then drains, writes what every bucket holds, and says it was clean.
    package func run() async throws {
        try await cancelWhenGracefulShutdown {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { await self.sweep() }
                tasks.addTask { try await self.watchTenure() }
                // Not `waitForAll`, which would wait for the other one before it throws.
                for try await _ in tasks {}
            }
        }
        await listener.drain(grace: context.drainLimit / 2)
        let now = parts.clock.now()
        do throws(PostgresError) {
            try await checkpoints.close(parts.directory.retireAll(at: now), tenure)
        } catch {
            context.logger.error(
                "buckets cannot be written: the next start counts as one after a crash",
                metadata: .keyed([.error: "\(error)"]))
        }
    }

    /// Lasts until cancelled.
    ///
    /// - Throws: `LimiterSuperseded` when another limiter serves these buckets.
    private func watchTenure() async throws {
        while (try? await Task.sleep(for: Self.tenureInterval)) != nil {
            do throws(PostgresError) {
                guard try await checkpoints.holds(tenure) else { throw PostgresError(.raised, "") }
            } catch {
                // A database that is away has no other limiter either.
                if error.code == .raised { throw LimiterSuperseded() }
            }
        }
    }

    private func sweep() async {
        while (try? await Task.sleep(for: Self.sweepInterval)) != nil {
            let now = parts.clock.now()
            if parts.directory.count > Self.evictionCountMin {
                parts.directory.evictFull(at: now)
            }
            do throws(PostgresError) {
                _ = try await checkpoints.sweep(before: now - Self.sweepInterval)
            } catch {
                context.logger.debug(
                    "checkpoints not swept", metadata: .keyed([.error: "\(error)"]))
            }
        }
    }
}
