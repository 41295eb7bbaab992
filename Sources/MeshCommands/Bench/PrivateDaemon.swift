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
        let child = try ChildProgram(
            executable: ProgramPath.directory + "/" + program,
            environment: own.merging(settings) { $1 }, logFile: directory + "/log")
        let port = try await port(directory + "/\(program).ports", log: directory + "/log")
        return PrivateDaemon(directory: directory, port: port, tls: tls, child: child)
    }

    private init(directory: String, port: Int, tls: TLSFiles, child: ChildProgram) {
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

    /// Waits until the file of ports is there; the port of the mesh.
    static func port(_ file: String, log: String) async throws -> Int {
        let end = ContinuousClock.now + startLimit
        while ContinuousClock.now < end {
            if let data = FileManager.default.contents(atPath: file),
                let ports = try? JSONDecoder().decode([String: Int].self, from: data),
                let port = ports["mesh"]
            {
                return port
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw CommandError("the daemon does not listen; its log is \(log)")
    }
}
