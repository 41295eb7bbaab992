// SPDX-License-Identifier: MIT
import Foundation
import SecureTransport
import Sessions
import SimulatedMachine

/// A brokerd that is killed and started again, always on the same directory and port.
final class TorturedBroker {
    let endpoint: MeshEndpoint
    let tls: TLSFiles
    private let directory: String
    private let dataDirectory: String
    private var child: ChildProgram

    /// Segments so small that many are filled and freed between two kills.
    private static let settings = [
        "MESH_QUEUES": "\(TortureLoad.queue),\(TortureLoad.outputQueue)",
        "MESH_LOG_SEGMENT_BYTES": "\(1 << 20)", "MESH_LOG_MEMORY_BYTES": "\(1 << 20)",
        "MESH_DEDUPLICATION_COUNT": "4000000", "MESH_QUEUE_DEPTH": "10000000",
        "MESH_QUEUE_LEASE": "5s", "MESH_QUEUE_BACKOFF_BASE": "20ms",
        "MESH_QUEUE_BACKOFF_MAX": "200ms",
    ]

    /// - Parameter data: where its log is; beside all else by default.
    static func start(in parent: String?, data: String? = nil) async throws -> TorturedBroker {
        let parent = parent ?? FileManager.default.temporaryDirectory.path
        let directory = parent + "/torture-" + UUID().uuidString
        let data = data ?? directory + "/data"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        let authority = try CertificateAuthority.create(directory: directory + "/certs")
        try authority.issue(.init(identity: .service("brokerd")), to: directory + "/certs")
        let tls = try authority.issue(
            .init(identity: .operator("torture")), to: directory + "/certs")
        let child = try launch(in: directory, data: data, port: 0)
        let port = try await port(in: directory)
        return TorturedBroker(directory, data: data, port: port, tls: tls, child: child)
    }

    private init(
        _ directory: String, data: String, port: Int, tls: TLSFiles, child: ChildProgram
    ) {
        self.directory = directory
        dataDirectory = data
        endpoint = MeshEndpoint(host: "127.0.0.1", port: port)
        self.tls = tls
        self.child = child
    }

    /// Kills it `killCount` times at random moments, every fifth time before it listens; it runs
    /// when this returns.
    ///
    /// - Throws: when it ends by itself, or does not come up again.
    func torture(killCount: Int, seed: UInt64, _ report: (Int) -> Void) async throws {
        var random = SplitMix64(seed: seed)
        for number in 1...killCount {
            let isEarly = random.once(in: 5)
            if !isEarly { _ = try await Self.port(in: directory) }
            // Some live long enough to get through what the others left.
            let lifeMax = random.once(in: 3) ? 1500 : 400
            let milliseconds = Int.random(in: isEarly ? 0...40 : 20...lifeMax, using: &random)
            try await Task.sleep(for: .milliseconds(milliseconds))
            kill(child.pid, SIGKILL)
            let end = await child.end()
            guard end.isSignal, end.status == SIGKILL else {
                throw CommandError("brokerd ended by itself: \(end); see \(directory)/log")
            }
            child = try launch()
            report(number)
        }
        _ = try await Self.port(in: directory)
    }

    /// Kills it, and starts it again; it listens when this returns.
    func killOnce() async throws {
        kill(child.pid, SIGKILL)
        _ = await child.end()
        child = try launch()
        _ = try await Self.port(in: directory)
    }

    /// Waits for it to end by itself, as it must when its disk fails.
    func awaitEnd() async -> ChildEnd { await child.end() }

    /// Starts it again after its end.
    func startAgain() async throws {
        child = try launch()
        _ = try await Self.port(in: directory)
    }

    private func launch() throws -> ChildProgram {
        try Self.launch(in: directory, data: dataDirectory, port: endpoint.port)
    }

    /// Drains it, and removes its directory.
    func stop() async throws {
        child.terminate()
        let end = await child.end()
        guard !end.isSignal, end.status == 0 else {
            throw CommandError("brokerd did not drain: \(end); see \(directory)/log")
        }
        try FileManager.default.removeItem(atPath: directory)
    }

    private static func launch(
        in directory: String, data: String, port: Int
    ) throws -> ChildProgram {
        let ports = portsFile(directory)
        if FileManager.default.fileExists(atPath: ports) {
            try FileManager.default.removeItem(atPath: ports)
        }
        let own = [
            "MESH_LISTEN_PORT": "\(port)", "MESH_ADMIN_PORT": "0", "MESH_LOG_LEVEL": "notice",
            "MESH_TLS_DIR": directory + "/certs", "MESH_RUN_DIR": directory,
            "MESH_DATA_DIR": data,
        ]
        return try ChildProgram(
            executable: ProgramPath.directory + "/brokerd",
            environment: own.merging(settings) { $1 }, logFile: directory + "/log")
    }

    private static func portsFile(_ directory: String) -> String { directory + "/brokerd.ports" }

    /// Waits until it listens.
    private static func port(in directory: String) async throws -> Int {
        try await PrivateDaemon.port(portsFile(directory), log: directory + "/log")
    }
}
