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
    private let pool: PostgresPool
    private let context: DaemonContext

    private static let sweepInterval: Duration = .seconds(60)
    /// Below this many buckets there is nothing to gain from forgetting any.
    private static let evictionCountMin = 65_536

    /// Reads plans and checkpoints, notes that it runs, and opens the door.
    ///
    /// - Throws: when the database or the port cannot be had: a limiter that does not know what was
    ///   spent must not start.
    package init(_ settings: RateLimitSettings, _ context: DaemonContext) async throws {
        self.context = context
        pool = PostgresPool(
            PostgresConfiguration(
                connectionInfo: settings.postgres.conninfo,
                connectionCount: settings.postgres.connectionCountMax,
                applicationName: context.name),
            logger: context.logger)
        try await SchemaMigration.verify(on: pool)
        checkpoints = CheckpointStore(pool: pool)
        let clock = SteadyClock(start: context.clock.now())
        let plans = PlanStore(pool: pool)
        let book = try await plans.load()
        let start = clock.now()
        let inheritance = try await checkpoints.open(at: start)
        context.logger.info(
            "buckets resumed",
            metadata: .keyed([
                .count: .stringConvertible(inheritance.checkpoints.count),
                .reason: inheritance.isClean ? "clean stop" : "crash",
            ]))
        let directory = BucketDirectory(
            plans: book, inheritance: inheritance, start: start,
            bucketCountMax: settings.bucketCountMax)
        let parts = LimiterParts(
            clock: clock, directory: directory,
            refunds: RefundBook(capacity: settings.refundCountMax),
            writer: CheckpointWriter(
                store: checkpoints, readiness: context.readiness, logger: context.logger),
            counters: LimiterCounters(),
            planDesk: PlanDesk(
                store: plans, pool: pool, directory: directory, logger: context.logger))
        parts.counters.register(in: context.metrics, buckets: directory)
        self.parts = parts
        let tls = try TLSContext(role: .server, files: settings.tls.files)
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
        await cancelWhenGracefulShutdown { await self.sweep() }
        await listener.drain(grace: context.drainLimit / 2)
        let now = parts.clock.now()
        do throws(PostgresError) {
            try await checkpoints.close(parts.directory.retireAll(at: now))
        } catch {
            context.logger.error(
                "buckets cannot be written: the next start counts as one after a crash",
                metadata: .keyed([.error: "\(error)"]))
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
