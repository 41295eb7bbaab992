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
package struct BridgeService: Service {
    private let settings: BridgeSettings
    private let context: DaemonContext
    private let cloud: BridgeCloud?

    static let readinessCheck = "cloud"

    /// - Parameter environment: names the credentials, as `CredentialSource` reads it. Without them,
    ///   or without a region, the bridge runs and refuses every request.
    package init(
        _ settings: BridgeSettings, _ context: DaemonContext, environment: [String: String]
    ) {
        let credentials = CredentialSource(environment: environment)
        self.settings = settings
        self.context = context
        context.readiness.expect(Self.readinessCheck)
        guard let cloud = settings.cloud, let credentials else {
            let missing = settings.cloud == nil ? "aws.region is not set" : "no credentials"
            context.readiness.unready(Self.readinessCheck, reason: missing)
            self.cloud = nil
            return
        }
        self.cloud = BridgeCloud(
            cloud, credentials: credentials, transport: SignedCalls(), clock: context.clock,
            logger: context.logger)
    }

    package func run() async throws {
        let (jobs, continuation) = AsyncStream.makeStream(of: BridgeJob.self)
        let tls = try TLSContext(role: .server, files: settings.tls.files)
        context.onReload("certificates") { try tls.reload() }
        let listener = try await MeshListener.bind(
            host: settings.listen.host, port: settings.listen.port, tls: tls,
            group: context.eventLoopGroup, name: context.name, log: context.logger
        ) { _ in BridgeFrameService(jobs: continuation) }
        context.ports.listening("mesh", on: listener.port)
        let worker = BridgeWorker(
            desk: cloud?.desk, receiveWait: settings.cloud?.receiveWait ?? .zero,
            logger: context.logger)
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { await worker.run(jobs) }
            group.addTask { [cloud, context] in
                await cloud?.watch(context.readiness, check: Self.readinessCheck)
            }
            try await gracefulShutdown()
            await listener.drain(grace: context.drainLimit)
            continuation.finish()
            group.cancelAll()
        }
    }
}
