// SPDX-License-Identifier: MIT
import Daemon
import Saga
import ServiceClients
import ServiceLifecycle
import Sessions
import Synchronization
import Wire

/// Has the broker push the depth of the first queue into the gate.
final class DepthWatch: Service {
    private let broker: BrokerClient
    private let gate: DepthGate
    private let readiness: Readiness
    private let isHeard = Atomic(false)

    private static let readinessName = "broker"
    /// Until its stage declares the queue, the broker does not know it.
    private static let retryInterval: Duration = .seconds(1)

    init(_ broker: BrokerClient, gate: DepthGate, readiness: Readiness) {
        self.broker = broker
        self.gate = gate
        self.readiness = readiness
        readiness.expect(Self.readinessName, reason: "not connected")
    }

    /// Watches until cancelled or shut down.
    func run() async throws {
        broker.connection.onDisconnected { [gate, readiness] _ in
            gate.forget()
            // Orders are still accepted, into the outbox, as long as it has room.
            readiness.unready(Self.readinessName, reason: "not connected")
        }
        broker.connection.onConnected { [readiness] in readiness.ready(Self.readinessName) }
        await cancelWhenGracefulShutdown {
            // Once heard of, the client keeps the watch itself, through every reconnection.
            repeat {
                self.broker.watchDepth(of: InventoryQueue.name) { self.changed($0) }
                for stage in [StageQueue.payment, .fulfillment] {
                    self.broker.watchDepth(of: stage.rawValue) { depth in
                        self.gate.update(stage, depth: depth.depth, depthMax: depth.depthMax)
                    }
                }
            } while (try? await Task.sleep(for: Self.retryInterval)) != nil && !self.hasHeard
            // A service that returns ends the daemon.
            try? await gracefulShutdown()
        }
    }

    private var hasHeard: Bool { isHeard.load(ordering: .relaxed) }

    private func changed(_ depth: Depth) {
        isHeard.store(true, ordering: .relaxed)
        gate.update(
            depth: depth.depth, depthMax: depth.depthMax, drainPerSecond: depth.drainPerSecond)
    }
}
