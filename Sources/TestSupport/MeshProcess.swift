// SPDX-License-Identifier: MIT
package import Foundation

/// A whole mesh of built programs: `meshctl up` in a directory of its own, on free ports.
package final class MeshProcess: Sendable {
    package let directory: URL
    private let supervisor: ToolProcess

    /// Starts a mesh and waits until every daemon is ready.
    ///
    /// - Parameter settings: of all daemons, as `MESH_HTTP_ANONYMOUS`, beside what `meshctl up` gives.
    /// - Throws: with its last words, when it ends before.
    package static func start(_ settings: [String: String] = [:]) async throws -> MeshProcess {
        let directory = URL(filePath: "/tmp").appending(path: "mesh-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: true)
        let supervisor = try ToolProcess(
            "meshctl", ["up", "--run-dir", directory.path, "--any-ports", "--with-parent"],
            settings: settings)
        try await supervisor.waitForLine { $0.hasPrefix("meshctl: ready") }
        return MeshProcess(directory: directory, supervisor: supervisor)
    }

    private init(directory: URL, supervisor: ToolProcess) {
        self.directory = directory
        self.supervisor = supervisor
    }

    /// Where orders come in over HTTP.
    package var httpPort: Int { get throws { try map.http } }

    /// How its database is reached: libpq's words.
    package var postgres: String { get throws { try map.postgres } }

    /// Where a daemon speaks the protocol.
    package func port(of daemon: String) throws -> Int { try map.mesh[daemon] ?? 0 }

    /// Where a daemon tells its health and metrics.
    package func adminPort(of daemon: String) throws -> Int { try map.admin[daemon] ?? 0 }

    /// The directory of its certificates, one for each daemon, tenant and the operator.
    package var certificates: String { get throws { try map.certificates } }

    private struct Map: Decodable {
        let http: Int
        let postgres: String
        let mesh: [String: Int]
        let admin: [String: Int]
        let certificates: String
    }

    private var map: Map {
        get throws {
            let file = directory.appending(path: "mesh.json")
            return try JSONDecoder().decode(Map.self, from: Data(contentsOf: file))
        }
    }

    /// Runs `meshctl` with the arguments against this mesh.
    package func meshctl(_ arguments: [String]) throws -> ToolProcess {
        try ToolProcess("meshctl", arguments + ["--run-dir", directory.path])
    }

    /// The process id of a daemon as it runs now.
    package func processID(of daemon: String) throws -> Int32 {
        let file = directory.appending(path: "\(daemon).pid")
        let text = try String(contentsOf: file, encoding: .utf8)
        guard let pid = Int32(text) else { throw ToolProcess.Failed(words: ["no pid: \(text)"]) }
        return pid
    }

    /// Waits until a daemon that crashed has been started again, at least once.
    package func awaitRestart(of daemon: String) async throws {
        try await supervisor.waitForLine { $0.hasPrefix("meshctl: \(daemon) runs again") }
    }

    /// Ends a daemon as a crash does; the mesh starts it again.
    package func crash(_ daemon: String) throws { kill(try processID(of: daemon), SIGKILL) }

    /// Stops a daemon where it is, as long as it takes: it neither works nor ends.
    package func freeze(_ daemon: String) throws { kill(try processID(of: daemon), SIGSTOP) }

    /// Lets a daemon go on that was stopped.
    package func thaw(_ daemon: String) throws { kill(try processID(of: daemon), SIGCONT) }

    /// Drains and ends everything; its directory goes with it.
    ///
    /// - Returns: the exit status of `meshctl up`.
    package func stop() async throws -> Int32 {
        supervisor.signal(SIGTERM)
        let status = await supervisor.end()
        try FileManager.default.removeItem(at: directory)
        return status
    }
}
