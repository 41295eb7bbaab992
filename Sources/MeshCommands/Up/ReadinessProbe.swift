// SPDX-License-Identifier: MIT
import Daemon

/// Asks the daemons' admin ports until all are ready.
struct ReadinessProbe {
    /// Admin ports by daemon.
    let ports: [String: Int]
    /// Whether the mesh stands on the bridge: it must be ready as well then.
    var isBridged = false

    private static let pause = Duration.milliseconds(50)

    /// - Parameter isOver: asked between rounds; true ends the wait.
    /// - Returns: the daemons that are not ready when the time is up.
    func wait(
        for patience: Duration, unless isOver: @Sendable () -> Bool
    ) async throws -> [String] {
        let deadline = ContinuousClock.now + patience
        var unready = ports.keys.sorted()
        while true {
            var still: [String] = []
            for daemon in unready where await !isReady(daemon) { still.append(daemon) }
            unready = still
            if unready.isEmpty || isOver() || .now > deadline { return unready }
            try await Task.sleep(for: Self.pause)
        }
    }

    /// One that does not answer yet is as little ready as one that says so.
    private func isReady(_ daemon: String) async -> Bool {
        let admin = ListenSettings(host: "127.0.0.1", port: ports[daemon] ?? 0)
        // The bridge is ready only when it has an AWS to bridge to; a mesh on one machine has none.
        let isIdle = daemon == MeshDaemon.bridged.rawValue && !isBridged
        let path = isIdle ? "/healthz" : "/readyz"
        do {
            return try await HealthProbe.ask(admin, path: path).isReady
        } catch {
            return false
        }
    }
}
