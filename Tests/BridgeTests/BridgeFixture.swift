// SPDX-License-Identifier: MIT
import AWS
import CloudAccess
import Daemon
import Logging
import NIOCore
import NIOPosix
import Orders
import SecureTransport
import ServiceClients
import ServiceLifecycle
import Sessions
import TestSupport
import Wire

@testable import Bridge

/// A bridge onto the stand-in for AWS, with a table and queues of its own, and clients of it.
struct BridgeFixture {
    let stack: MiniStack
    let settings: BridgeSettings
    private let certificates: TestCertificates
    private let context: DaemonContext
    private let service: BridgeService

    /// - Parameters:
    ///   - isConfigured: whether the bridge is told of a cloud.
    ///   - transport: what the bridge sends by; the test's own calls are undisturbed.
    ///   - identity: what the bridge may do in AWS; everything when left out.
    init(
        isConfigured: Bool = true, transport: any AWSTransport = SignedCalls(),
        as identity: CloudIdentity? = nil
    ) async throws {
        stack = try MiniStack.shared.get()
        certificates = try TestCertificates()
        _ = try certificates.files(.service("bridged"))
        let name = String(UInt32.random(in: 0x1000_0000 ... .max), radix: 16)
        var flags = [
            "listen.port": "0", "tls.dir": certificates.directory, "tls.name": "bridged",
        ]
        if isConfigured {
            flags["aws.region"] = stack.region
            flags["aws.endpoint"] = stack.endpoint
            flags["aws.table"] = "table-\(name)"
            flags["aws.bucket"] = "bucket-\(name)"
            flags["aws.queuePrefix"] = "t\(name)-"
            flags["aws.provision"] = identity == nil ? "true" : "false"
            flags["aws.receiveWait"] = "1s"
        }
        settings = try BridgeSettings(
            from: SettingsReader(daemon: "bridged", source: ConfigurationSource(flags: flags)))
        context = DaemonContext(
            embedding: "bridged",
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        var credentials = stack.credentials
        if let identity {
            let user = try await StandInUser(of: stack)
            try await user.may(identity, Self.names(of: settings, on: stack))
            credentials = user.credentials
        }
        service = try await BridgeService(
            settings, context, credentials: .fixed(credentials), transport: transport)
    }

    /// What is called how in the account of this bridge.
    var names: CloudNames { Self.names(of: settings, on: stack) }

    private static func names(of settings: BridgeSettings, on stack: MiniStack) -> CloudNames {
        CloudNames(
            partition: "aws", region: stack.region, account: stack.account,
            prefix: settings.cloud?.queuePrefix ?? "", table: settings.cloud?.table ?? "",
            bucket: settings.cloud?.bucket ?? "")
    }

    var readiness: Readiness { context.readiness }

    /// The clients that the bridge itself uses, for what a test does behind its back.
    var cloud: BridgeCloud {
        get throws {
            guard let settings = settings.cloud else { throw NotConfigured() }
            return BridgeCloud(
                settings, credentials: .fixed(stack.credentials), transport: SignedCalls(),
                clock: context.clock, logger: context.logger)
        }
    }

    private struct NotConfigured: Error {}

    /// Runs `body` while the bridge runs; its queues are there.
    func run(
        _ body: @Sendable @escaping (BridgeClients) async throws -> Void
    ) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let group = ServiceGroup(services: [service], logger: logger)
        if settings.cloud != nil { try await cloud.provision() }
        let clients = BridgeClients(port: service.port, certificates: certificates)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            tasks.addTask {
                do { try await clients.run() } catch is CancellationError {}
            }
            do {
                try await body(clients)
                clients.stop()
            } catch {
                clients.stop()
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}

extension MiniStack {
    var credentials: AWSCredentials {
        AWSCredentials(accessKey: accessKey, secretKey: secretKey)
    }
}
