// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import NIOPosix
import SecureTransport
import Sessions

/// Which mesh a command speaks to.
struct MeshOptions: ParsableArguments {
    @Option(help: "Run directory of a mesh on this machine (MESH_RUN_DIR).")
    var runDir: String = ProcessInfo.processInfo.environment["MESH_RUN_DIR"] ?? ".mesh"

    @Option(help: "Address of the daemon, instead of the one in the run directory.")
    var address: String?

    @Option(help: "Directory of certificates, with --address.")
    var certificates: String?

    @Option(help: "Name of the certificate to use, with --address.")
    var identity: String = "operator"

    /// Opens a connection to `daemon`, runs `body`, closes it.
    func withConnection<Result: Sendable>(
        to daemon: String,
        _ body: @escaping @Sendable (MeshConnection) async throws -> Result
    ) async throws -> Result {
        let (endpoint, files, speaker) = try target(daemon)
        let connection = try Self.connection(to: speaker, at: endpoint, files: files)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await connection.run() }
            defer { group.cancelAll() }
            try await connection.connected(within: .seconds(5))
            return try await body(connection)
        }
    }

    /// A connection to `daemon` of the mesh that `map` describes, with the operator's certificate.
    static func connection(
        to daemon: String, of map: MeshMap
    ) throws(TLSError) -> MeshConnection {
        let endpoint = MeshEndpoint(host: "127.0.0.1", port: map.port(of: daemon) ?? 0)
        return try connection(
            to: map.speaker(for: daemon), at: endpoint, files: map.operatorFiles)
    }

    static func connection(
        to daemon: String, at endpoint: MeshEndpoint, files: TLSFiles
    ) throws(TLSError) -> MeshConnection {
        MeshConnection(
            to: endpoint, tls: try TLSContext(role: .client, files: files),
            expecting: .service(daemon), name: "meshctl",
            group: MultiThreadedEventLoopGroup.singleton)
    }

    /// Where the part of `daemon` is spoken, with what to go there, and by whom.
    func target(_ daemon: String) throws -> (MeshEndpoint, TLSFiles, speaker: String) {
        if let address {
            guard let endpoint = MeshEndpoint(address) else {
                throw CommandError("not an address: \(address); write HOST:PORT")
            }
            guard let certificates else {
                throw CommandError("--address needs --certificates")
            }
            return (endpoint, TLSFiles(directory: certificates, name: identity), daemon)
        }
        let map = try MeshMap.read(from: runDir)
        guard let port = map.port(of: daemon) else {
            throw CommandError("no \(daemon) in this mesh")
        }
        return (
            MeshEndpoint(host: "127.0.0.1", port: port), map.operatorFiles,
            map.speaker(for: daemon)
        )
    }
}
