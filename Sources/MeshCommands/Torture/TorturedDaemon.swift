// SPDX-License-Identifier: MIT
import Foundation
import NIOPosix
import SecureTransport
import Sessions
import SimulatedMachine

/// A daemon that is killed and started again, always on the same directory and port.
final class TorturedDaemon {
    let program: String
    let endpoint: MeshEndpoint
    let tls: TLSFiles
    let directory: String
    private let settings: [String: String]
    private var child: ChildProgram

    /// - Parameter settings: its configuration, beside ports and directories.
    static func start(
        _ program: String, in parent: String?, settings: [String: String]
    ) async throws -> TorturedDaemon {
        let parent = parent ?? FileManager.default.temporaryDirectory.path
        let directory = parent + "/torture-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        let authority = try CertificateAuthority.create(directory: directory + "/certs")
        try authority.issue(.init(identity: .service(program)), to: directory + "/certs")
        let tls = try authority.issue(
            .init(identity: .operator("torture")), to: directory + "/certs")
        let child = try launch(program, settings, in: directory, port: 0)
        let port = try await port(program, in: directory)
        return TorturedDaemon(program, settings, directory, port: port, tls: tls, child: child)
    }

    private init(
        _ program: String, _ settings: [String: String], _ directory: String, port: Int,
        tls: TLSFiles, child: ChildProgram
    ) {
        self.program = program
        self.settings = settings
        self.directory = directory
        endpoint = MeshEndpoint(host: "127.0.0.1", port: port)
        self.tls = tls
        self.child = child
    }

    /// Kills it `killCount` times at random moments, every fifth time before it listens; it runs
    /// when this returns.
    ///
    /// - Parameter lifeMax: of most of its lives; one in three lasts up to 1.5 seconds.
    /// - Throws: when it ends by itself, or does not come up again.
    func torture(
        killCount: Int, seed: UInt64, lifeMax: Int = 400, _ report: (Int) -> Void
    ) async throws {
        var random = SplitMix64(seed: seed)
        for number in 1...killCount {
            let isEarly = random.once(in: 5)
            if !isEarly { _ = try await Self.port(program, in: directory) }
            // Some live long enough to get through what the others left.
            let lifeMax = random.once(in: 3) ? 1500 : lifeMax
            let milliseconds = Int.random(in: isEarly ? 0...40 : 20...lifeMax, using: &random)
            try await Task.sleep(for: .milliseconds(milliseconds))
            kill(child.pid, SIGKILL)
            let end = await child.end()
            guard end.isSignal, end.status == SIGKILL else {
                throw CommandError("\(program) ended by itself: \(end); see \(directory)/log")
            }
            child = try launch()
            report(number)
        }
        _ = try await Self.port(program, in: directory)
    }

    /// Kills it, and starts it again; it listens when this returns.
    func killOnce() async throws {
        kill(child.pid, SIGKILL)
        _ = await child.end()
        try await startAgain()
    }

    /// Waits for it to end by itself, as a broker must when its disk fails.
    func awaitEnd() async -> ChildEnd { await child.end() }

    /// Starts it again after its end.
    func startAgain() async throws {
        child = try launch()
        _ = try await Self.port(program, in: directory)
    }

    private func launch() throws -> ChildProgram {
        try Self.launch(program, settings, in: directory, port: endpoint.port)
    }

    /// A way to it that finds it again soon after a kill.
    ///
    /// - Parameter delayMax: between two tries.
    func connection(
        named name: String, delayMax: Duration = .milliseconds(100)
    ) throws -> MeshConnection {
        var policy = ReconnectPolicy()
        policy.delayMax = delayMax
        return MeshConnection(
            to: endpoint, tls: try TLSContext(role: .client, files: tls),
            expecting: .service(program), name: "torture-\(name)",
            group: MultiThreadedEventLoopGroup.singleton, policy: policy)
    }

    /// Drains it, and removes its directory.
    func stop() async throws {
        child.terminate()
        let end = await child.end()
        guard !end.isSignal, end.status == 0 else {
            throw CommandError("\(program) did not drain: \(end); see \(directory)/log")
        }
        try FileManager.default.removeItem(atPath: directory)
    }

    private static func launch(
        _ program: String, _ settings: [String: String], in directory: String, port: Int
    ) throws -> ChildProgram {
        let ports = portsFile(program, directory)
        if FileManager.default.fileExists(atPath: ports) {
            try FileManager.default.removeItem(atPath: ports)
        }
        let own = [
            "MESH_LISTEN_PORT": "\(port)", "MESH_ADMIN_PORT": "0", "MESH_LOG_LEVEL": "notice",
            "MESH_TLS_DIR": directory + "/certs", "MESH_RUN_DIR": directory,
            "MESH_DATA_DIR": directory + "/data",
        ]
        return try ChildProgram(
            executable: ProgramPath.directory + "/" + program,
            environment: own.merging(settings) { $1 }, logFile: directory + "/log")
    }

    private static func portsFile(_ program: String, _ directory: String) -> String {
        directory + "/\(program).ports"
    }

    /// Waits until it listens.
    private static func port(_ program: String, in directory: String) async throws -> Int {
        try await PrivateDaemon.port(portsFile(program, directory), log: directory + "/log")
    }
}
