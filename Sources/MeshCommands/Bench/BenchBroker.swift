// SPDX-License-Identifier: MIT
import NIOPosix
import SecureTransport
import ServiceClients
import Sessions
import Wire

/// The broker that a benchmark measures: one of its own, or the one that was named.
struct BenchBroker: Sendable {
    let endpoint: MeshEndpoint
    let tls: TLSContext
    /// Nil when the process is not known.
    let cpu: ProcessCPU?
    /// For questions beside the load.
    let client: BrokerClient

    /// Runs `body` with a broker that has `queue`, deep enough for anything; a fresh one, unless an
    /// address was given.
    static func with<T: Sendable>(
        _ options: BenchOptions, queue: String, _ body: (BenchBroker) async throws -> T
    ) async throws -> T {
        if let address = options.address {
            guard let endpoint = MeshEndpoint(address), let directory = options.certificates else {
                throw CommandError("--address HOST:PORT needs --certificates")
            }
            let files = TLSFiles(directory: directory, name: options.identity)
            return try await connect(endpoint, files, options.pid.map(ProcessCPU.init), body)
        }
        let daemon = try await PrivateDaemon.start(
            "brokerd", in: options.directory,
            settings: [
                "MESH_QUEUES": queue, "MESH_QUEUE_DEPTH": "1000000000",
                "MESH_QUEUE_BYTE_DEPTH": "4000000000000",
            ])
        let result = try await connect(daemon.endpoint, daemon.tls, daemon.cpu, body)
        try await daemon.stop()
        return result
    }

    private static func connect<T: Sendable>(
        _ endpoint: MeshEndpoint, _ files: TLSFiles, _ cpu: ProcessCPU?,
        _ body: (BenchBroker) async throws -> T
    ) async throws -> T {
        let tls = try TLSContext(role: .client, files: files)
        let connection = MeshConnection(
            to: endpoint, tls: tls, name: "bench-stats",
            group: MultiThreadedEventLoopGroup.singleton)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await connection.run() }
            defer { tasks.cancelAll() }
            return try await body(
                BenchBroker(
                    endpoint: endpoint, tls: tls, cpu: cpu, client: BrokerClient(connection)))
        }
    }

    /// What the broker has spent so far: its CPU time and its writes.
    func spent(on queue: String) async throws -> (cpu: Duration?, fsyncCount: UInt64) {
        let fsyncCount = try await client.stats(of: queue).fsyncsTotal
        return (cpu?.time(), fsyncCount)
    }
}
