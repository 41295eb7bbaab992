// SPDX-License-Identifier: MIT
import Daemon
import Logging
import ServiceLifecycle
import Sessions
import Wire

/// Has the broker push the depth of the first queue into the gate, again after each reconnect.
final class DepthWatch: Service {
    private let connection: MeshConnection
    private let gate: DepthGate
    private let readiness: Readiness
    private let logger: Logger
    private let connects: AsyncStream<Void>
    private let connected: AsyncStream<Void>.Continuation

    private static let readinessName = "broker"
    private static let deadline: Duration = .seconds(5)
    /// Until the queue is declared by its stage, the broker does not know it.
    private static let retryPause: Duration = .seconds(1)

    init(
        _ connection: MeshConnection, gate: DepthGate, readiness: Readiness, logger: Logger
    ) {
        self.connection = connection
        self.gate = gate
        self.readiness = readiness
        self.logger = logger
        (connects, connected) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        readiness.expect(Self.readinessName, reason: "not connected")
    }

    /// Watches until cancelled or shut down.
    func run() async throws {
        connection.onPush(.depth) { [gate, logger] frame in
            do throws(WireError) {
                let depth: Depth = try frame.decode()
                guard depth.queue == InventoryQueue.name else { return }
                gate.update(
                    depth: depth.depth, depthMax: depth.depthMax,
                    drainPerSecond: depth.drainPerSecond)
            } catch {
                logger.warning("depth not understood", metadata: .keyed([.error: "\(error)"]))
            }
        }
        connection.onDisconnected { [gate, readiness] _ in
            gate.forget()
            // Orders are still accepted, into the outbox, as long as it has room.
            readiness.unready(Self.readinessName, reason: "not connected")
        }
        connection.onConnected { [connected, readiness] in
            readiness.ready(Self.readinessName)
            connected.yield()
        }
        for await _ in connects.cancelOnGracefulShutdown() { await subscribe() }
    }

    private func subscribe() async {
        while !Task.isCancelled {
            do throws(CallError) {
                _ = try await connection.call(
                    WatchDepth(queue: InventoryQueue.name), answer: WatchingDepth.self,
                    deadline: Self.deadline)
                return
            } catch {
                logger.debug("depth not watched", metadata: .keyed([.error: "\(error)"]))
                // A lost connection brings a signal of its own.
                guard error.code == .unknownQueue else { return }
            }
            guard (try? await Task.sleep(for: Self.retryPause)) != nil else { return }
        }
    }
}
