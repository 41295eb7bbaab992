// SPDX-License-Identifier: MIT
import Foundation
import Logging
import Orders
import PostgresStore
import ServiceClients
import ServiceLifecycle
import Sessions

/// One run under chaos: a world is made, orders flow, things go wrong, all is mended and accounted for.
struct ChaosRun: Sendable {
    let schedule: ChaosSchedule
    let provider: ChaosProvider
    let seed: UInt64
    let rate: Int
    let checkInterval: Duration
    let directory: String
    let hasSmallDisks: Bool
    let stepsClocks: Bool
    let keepsDirectory: Bool

    /// How long the daemons may take to end.
    private static let stopPatience = Duration.seconds(40)

    /// Runs it and hands the account to `end`, which ends the process: the receiver of webhooks is
    /// never stopped before, as in `DemoRun`.
    func run(end: @Sendable (ChaosReport) -> Never) async throws {
        let layout = try MeshLayout(runDirectory: directory)
        let stripe = provider == .stripe ? try StripeProcess.start(in: layout) : nil
        let log = try ChaosLog(path: directory + "/chaos.log")
        log.say("run directory \(directory)")
        let receiver = WebhookReceiver()
        let (ports, portFound) = AsyncStream.makeStream(of: Int.self)
        let server = receiver.application { portFound.yield($0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            var port = 0
            for await found in ports {
                port = found
                break
            }
            let clocks = stepsClocks ? try SteppedClocks(in: directory) : nil
            let mesh = try await ChaosMesh.make(
                layout, receiverPort: port, stripe: stripe, hasSmallDisks: hasSmallDisks,
                clocks: clocks, log: log)
            var report = try await account(mesh, receiver, log)
            try await mesh.stop()
            if report.holds && !keepsDirectory {
                try FileManager.default.removeItem(atPath: directory)
            } else {
                report.directory = directory
            }
            end(report)
        }
    }

    /// Runs the daemons for as long as the story takes.
    private func account(
        _ mesh: ChaosMesh, _ receiver: WebhookReceiver, _ log: ChaosLog
    ) async throws -> ChaosReport {
        let services = ServiceGroup(
            configuration: .init(
                services: [.init(service: mesh.supervisor)],
                logger: MeshDatabase.silentLogger))
        let interruption = ChaosInterruption(log: log)
        let (ended, hasEnded) = AsyncStream.makeStream(of: Void.self)
        return try await withThrowingTaskGroup(of: ChaosReport?.self) { group in
            group.addTask {
                defer { hasEnded.finish() }
                try await services.run()
                return nil
            }
            group.addTask {
                await interruption.listen()
                return nil
            }
            group.addTask {
                // What it asks is about all orders, of a server that loses its statistics whenever it is
                // killed, and plans without them.
                let report = try await MeshDatabase.withPool(
                    mesh.map.postgres, logger: MeshDatabase.silentLogger,
                    statementTimeout: .seconds(120), scansTables: false
                ) { pool in
                    let scene = ChaosScene(
                        run: self, mesh: mesh, receiver: receiver, interruption: interruption,
                        log: log)
                    return try await scene.play(on: pool)
                }
                await services.triggerGracefulShutdown()
                try await Self.awaitEnd(of: mesh, ended)
                return report
            }
            defer { group.cancelAll() }
            for try await report in group {
                if let report { return report }
            }
            throw CommandError("the mesh ended by itself; see \(directory)")
        }
    }

    /// Daemons that do not drain are ended the hard way, so that a run always comes to its end.
    private static func awaitEnd(of mesh: ChaosMesh, _ ended: AsyncStream<Void>) async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await _ in ended {}
                return true
            }
            group.addTask {
                try await Task.sleep(for: stopPatience)
                for daemon in ChaosMesh.daemons {
                    if let process = mesh.process(of: daemon) { kill(process, SIGKILL) }
                }
                return false
            }
            if try await group.next() == false { _ = try await group.next() }
            group.cancelAll()
        }
    }
}
