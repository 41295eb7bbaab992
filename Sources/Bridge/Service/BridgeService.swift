// SPDX-License-Identifier: MIT
import AWS
package import Daemon
import Logging
import NIOCore
import Orders
import QueueState
import SecureTransport
import ServiceLifecycle
import Sessions

/// The bridge: the mesh's protocol on one side, AWS on the other.
package final class BridgeService: Service {
    private let context: DaemonContext
    private let listener: MeshListener
    private let cloud: BridgeCloud?
    private let worker: BridgeWorker
    private let jobs: AsyncStream<BridgeJob>
    private let jobsEnd: AsyncStream<BridgeJob>.Continuation

    static let readinessCheck = "cloud"

    /// Opens the door; AWS is asked for the first time when the service runs.
    ///
    /// - Parameter environment: names the credentials, as `CredentialSource` reads it. Without them,
    ///   or without a region, the bridge runs and refuses every request.
    /// - Throws: when the certificates cannot be read or the port cannot be had.
    package convenience init(
        _ settings: BridgeSettings, _ context: DaemonContext, environment: [String: String]
    ) async throws {
        try await self.init(
            settings, context, credentials: CredentialSource(environment: environment),
            transport: SignedCalls())
    }

    init(
        _ settings: BridgeSettings, _ context: DaemonContext, credentials: CredentialSource?,
        transport: any AWSTransport
    ) async throws {
        self.context = context
        let tls = try settings.tls.context(.server)
        context.readiness.expect(Self.readinessCheck)
        if let cloud = settings.cloud, let credentials {
            self.cloud = BridgeCloud(
                cloud, credentials: credentials, transport: CountedCalls(calls: transport),
                clock: context.clock, logger: context.logger)
        } else {
            let missing = settings.cloud == nil ? "aws.region is not set" : "no credentials"
            context.readiness.unready(Self.readinessCheck, reason: missing)
            self.cloud = nil
        }
        worker = BridgeWorker(
            desk: cloud?.desk, receiveWait: settings.cloud?.receiveWait ?? .zero,
            logger: context.logger)
        let (jobs, jobsEnd) = AsyncStream.makeStream(of: BridgeJob.self)
        self.jobs = jobs
        self.jobsEnd = jobsEnd
        context.onReload("tls") { try tls.reload() }
        listener = try await MeshListener.bind(
            host: settings.mesh.host, port: settings.mesh.port, tls: tls,
            group: context.eventLoopGroup, name: context.name, log: context.logger
        ) { _ in BridgeFrameService(jobs: jobsEnd) }
        context.ports.listening("mesh", on: listener.port)
    }

    /// The port that requests come in on.
    package var port: Int { listener.port }

    /// Serves until shut down; then takes no more, gives back what is on lease, and ends.
    package func run() async throws {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.worker.run(self.jobs) }
            await cancelWhenGracefulShutdown { await self.watchCloud() }
            await listener.drain(grace: context.drainLimit / 2)
            jobsEnd.finish()
        }
    }

    private func watchCloud() async {
        if let cloud {
            await cloud.watch(context.readiness, check: Self.readinessCheck)
        } else {
            // Nothing to watch; wait for the end.
            do { try await gracefulShutdown() } catch {}
        }
    }
}
