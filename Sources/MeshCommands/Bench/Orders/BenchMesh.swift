// SPDX-License-Identifier: MIT
import Foundation
import SecureTransport
import Sessions

/// A whole mesh of a benchmark's own, by `meshctl up`: every daemon, its own PostgreSQL, mutual TLS,
/// everything durable. It ends when this process does, however that is.
struct BenchMesh: Sendable {
    let map: MeshMap
    let layout: MeshLayout
    private let supervisor: ChildProgram
    private let copies: [Copy]
    /// Kept: the mesh ends when it is closed.
    private let lifeline: Pipe

    /// A further process of a stage.
    struct Copy: Sendable {
        let daemon: MeshDaemon
        let program: ChildProgram
    }

    private static let patience = Duration.seconds(180)

    /// Starts one and waits until every daemon is ready.
    ///
    /// - Parameters:
    ///   - parent: where its directory is made, whose path has at most 60 bytes.
    ///   - settings: of all daemons, as environment variables.
    ///   - copies: how many processes of a stage; one of those not named.
    static func start(
        in parent: String?, settings: [String: String], copies: [MeshDaemon: Int]
    ) async throws -> BenchMesh {
        let name = "mesh-orders-\(getpid())-" + String(UInt32.random(in: 0 ... .max), radix: 36)
        let layout = try MeshLayout(runDirectory: (parent ?? "/tmp") + "/" + name)
        let lifeline = Pipe()
        var environment = ProcessInfo.processInfo.environment
        environment.merge(settings) { $1 }
        let supervisor = try ChildProgram(
            executable: ProgramPath.directory + "/meshctl",
            arguments: ["up", "--run-dir", layout.runDirectory, "--any-ports", "--with-parent"],
            environment: environment, logFile: layout.logs + "/up.log", lifeline: lifeline)
        let map = try await Self.map(in: layout)
        let more = try Self.startCopies(copies, layout, map, settings)
        return BenchMesh(
            map: map, layout: layout, supervisor: supervisor, copies: more, lifeline: lifeline)
    }

    /// The map of the mesh once all its daemons are ready.
    private static func map(in layout: MeshLayout) async throws -> MeshMap {
        let file = layout.runDirectory + "/" + MeshMap.fileName
        let end = ContinuousClock.now + patience
        while !FileManager.default.fileExists(atPath: file) {
            guard ContinuousClock.now < end else {
                throw CommandError("the mesh does not start; see \(layout.logs)/up.log")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        let map = try MeshMap.read(from: layout.runDirectory)
        let unready = try await ReadinessProbe(ports: map.admin).wait(for: patience) { false }
        guard unready.isEmpty else {
            throw CommandError("not ready: \(unready.joined(separator: ", ")); see \(layout.logs)")
        }
        return map
    }

    private static func startCopies(
        _ copies: [MeshDaemon: Int], _ layout: MeshLayout, _ map: MeshMap,
        _ settings: [String: String]
    ) throws -> [Copy] {
        let environment = DaemonEnvironment(map: map, layout: layout)
        return try copies.flatMap { daemon, count in
            try (1..<count).map { number in
                var variables = environment.variables(of: daemon).merging(settings) { $1 }
                variables["MESH_RUN_DIR"] = nil
                variables["MESH_ADMIN_PORT"] = "0"
                let program = try ChildProgram(
                    executable: ProgramPath.directory + "/" + daemon.rawValue,
                    environment: variables, logFile: "\(layout.logs)/\(daemon)-\(number).log")
                return Copy(daemon: daemon, program: program)
            }
        }
    }

    /// The processes of each daemon as they run now.
    func processes() -> [(daemon: MeshDaemon, pid: Int32)] {
        MeshDaemon.allCases.compactMap { daemon in layout.process(of: daemon).map { (daemon, $0) } }
            + copies.map { ($0.daemon, $0.program.pid) }
    }

    /// Stops everything in order and removes the directory.
    func stop() async throws {
        for copy in copies {
            copy.program.terminate()
            _ = await copy.program.end()
        }
        supervisor.terminate()
        _ = await supervisor.end()
        withExtendedLifetime(lifeline) {}
        try FileManager.default.removeItem(atPath: layout.runDirectory)
    }
}
