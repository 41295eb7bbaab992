// SPDX-License-Identifier: MIT
import Foundation
import SecureTransport
import Sessions

/// A daemon of a benchmark's own: in a directory of its own, with certificates of its own.
final class PrivateDaemon: Sendable {
    let directory: String
    let endpoint: MeshEndpoint
    let tls: TLSFiles
    let cpu: ProcessCPU
    private let program: String
    private let environment: [String: String]
    private let child: ChildProgram

    /// How long a daemon may take to listen.
    private static let startLimit = Duration.seconds(30)

    /// Starts `program` and waits until it listens.
    ///
    /// - Parameters:
    ///   - parent: where its directory is made; the directory for temporary files by default.
    ///   - settings: its configuration, by environment variables, beside ports and directories.
    static func start(
        _ program: String, in parent: String?, settings: [String: String]
    ) async throws -> PrivateDaemon {
        let parent = parent ?? FileManager.default.temporaryDirectory.path
        let directory = parent + "/bench-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        let authority = try CertificateAuthority.create(directory: directory + "/certs")
        try authority.issue(.init(identity: .service(program)), to: directory + "/certs")
        let tls = try authority.issue(
            .init(identity: .operator("bench")), to: directory + "/certs")
        let own = [
            "MESH_LISTEN_PORT": "0", "MESH_ADMIN_PORT": "0", "MESH_LOG_LEVEL": "warning",
            "MESH_TLS_DIR": directory + "/certs", "MESH_RUN_DIR": directory,
            "MESH_DATA_DIR": directory + "/data",
        ]
        return try await start(
            program, own.merging(settings) { $1 }, directory: directory, tls: tls)
    }

    private static func start(
        _ program: String, _ environment: [String: String], directory: String, tls: TLSFiles
    ) async throws -> PrivateDaemon {
        let child = try ChildProgram(
            executable: ProgramPath.directory + "/" + program, environment: environment,
            logFile: directory + "/log")
        let port = try await port(directory + "/\(program).ports", log: directory + "/log")
        return PrivateDaemon(
            program, environment, directory: directory, port: port, tls: tls, child: child)
    }

    private init(
        _ program: String, _ environment: [String: String], directory: String, port: Int,
        tls: TLSFiles, child: ChildProgram
    ) {
        self.program = program
        self.environment = environment
        self.directory = directory
        endpoint = MeshEndpoint(host: "127.0.0.1", port: port)
        self.tls = tls
        self.child = child
        cpu = ProcessCPU(pid: child.pid)
    }

    /// Stops it and removes its directory.
    func stop() async throws {
        child.terminate()
        _ = await child.end()
        try FileManager.default.removeItem(atPath: directory)
    }

    /// Kills it and starts it again on what it had.
    ///
    /// - Returns: how long it took from the start until it listened.
    func restart() async throws -> (PrivateDaemon, Duration) {
        kill(child.pid, SIGKILL)
        _ = await child.end()
        try FileManager.default.removeItem(atPath: directory + "/\(program).ports")
        let begin = ContinuousClock.now
        let daemon = try await Self.start(
            program, environment, directory: directory, tls: tls)
        return (daemon, ContinuousClock.now - begin)
    }

    static func port(
        _ file: String, of listener: String = "mesh", log: String
    ) async throws -> Int {
        let end = ContinuousClock.now + startLimit
        while ContinuousClock.now < end {
            if let data = FileManager.default.contents(atPath: file),
                let ports = try? JSONDecoder().decode([String: Int].self, from: data),
                let port = ports[listener]
            {
                return port
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw CommandError("the daemon does not listen; its log is \(log)")
    }
}
