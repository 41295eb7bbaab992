// SPDX-License-Identifier: MIT
package import Daemon
import DiskStorage
import Logging
import NIOCore
import NIOPosix
import Orders
import QueueState
import SecureTransport
import SegmentLog
import ServiceLifecycle
import Sessions

/// `brokerd` as a service: recovers the log, opens the door, and drains when asked to stop.
package struct BrokerDaemon: Service {
    private let configuration: BrokerConfiguration
    private let context: DaemonContext
    private let tls: TLSContext

    private static let readinessName = "log"

    package init(_ configuration: BrokerConfiguration, _ context: DaemonContext) throws {
        self.configuration = configuration
        self.context = context
        tls = try configuration.tls.context(.server)
        context.readiness.expect(Self.readinessName, reason: "reading the log")
        let tls = tls
        context.onReload("certificates") { try tls.reload() }
    }

    package func run() async throws {
        // One loop owns the queues and every session; the others are threads for the disk.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let diskGroup = MultiThreadedEventLoopGroup(numberOfThreads: 3)
        let loop = group.next()
        let (failures, failed) = AsyncStream.makeStream(of: LogError.self)
        let storage = try DiskDirectory(configuration.dataDirectory)
        let service = try await BrokerService.open(
            parts(storage),
            on: .init(
                owner: loop, writer: diskGroup.next(), helper: diskGroup.next(),
                archive: diskGroup.next())
        ) { failed.yield($0) }
        let listener = try await MeshListener.bind(
            host: configuration.listen.host, port: configuration.listen.port, tls: tls,
            group: group, name: context.name, log: context.logger
        ) { _ in service.value }
        context.ports.listening("mesh", on: listener.port)
        context.readiness.ready(Self.readinessName)
        let metrics = BrokerMetrics.start(service, on: loop)
        defer { metrics.cancel() }
        try await stay(until: failures)
        await listener.drain(grace: context.drainLimit)
        try await group.shutdownGracefully()
        try await diskGroup.shutdownGracefully()
        storage.unlock()
    }

    private func parts(_ storage: DiskDirectory) -> BrokerService.Parts {
        var parts = BrokerService.Parts(
            storage: storage, clock: steadyClock(), log: context.logger)
        parts.geometry = configuration.geometry
        parts.limits = configuration.limits
        parts.recentByteCountMax = configuration.recentByteCountMax
        parts.queues = configuration.queues
        parts.policy = configuration.policy
        parts.policies = [BrokerConfiguration.retryQueue: configuration.retryPolicy]
        return parts
    }

    /// On a full disk the clock is steady all the same; the next run begins at the wall clock again.
    private func steadyClock() -> any MeshClock {
        let wall = context.clock.now()
        do {
            return try BrokerClock.resumed(in: configuration.dataDirectory, wall: wall)
        } catch {
            context.logger.warning("clock not kept", metadata: .keyed([.error: "\(error)"]))
            return SteadyClock(wall: wall)
        }
    }

    /// Returns at a graceful shutdown; throws when the disk failed.
    private func stay(until failures: AsyncStream<LogError>) async throws {
        for await failure in failures.cancelOnGracefulShutdown() {
            context.readiness.unready(Self.readinessName, reason: "\(failure)")
            throw failure
        }
    }
}
