// SPDX-License-Identifier: MIT
import Foundation
import SecureTransport

/// Where the parts of one mesh are: written by `meshctl up` as `mesh.json` in its run directory, read
/// by every other command.
struct MeshMap: Codable, Equatable, Sendable {
    /// Name of the file within the run directory.
    static let fileName = "mesh.json"

    /// Port of the HTTP edge.
    var http: Int
    /// Ports of the mesh protocol, by daemon: `ingestd`, `brokerd`, `ratelimitd`, `bridged`.
    var mesh: [String: Int]
    /// Ports of health and metrics, by daemon.
    var admin: [String: Int]
    /// Directory of the certificates.
    var certificates: String
    /// libpq connection string.
    var postgres: String
    /// Where receipts are written.
    var receipts: String
    /// Whether `bridged` stands in the place of brokerd and ratelimitd; absent: it does not.
    var isBridged: Bool?

    /// Reads the map of the mesh that runs in `directory`.
    ///
    /// - Throws: `CommandError` that says how to start one.
    static func read(from directory: String) throws -> MeshMap {
        let file = URL(filePath: directory).appending(path: fileName)
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw CommandError("no mesh runs in \(directory): start one with `meshctl up`")
        }
        return try JSONDecoder().decode(MeshMap.self, from: Data(contentsOf: file))
    }

    func write(to directory: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let file = URL(filePath: directory).appending(path: Self.fileName)
        try encoder.encode(self).write(to: file, options: .atomic)
    }

    /// Who speaks the part of `daemon` in this mesh.
    func speaker(for daemon: String) -> String {
        let isReplaced =
            daemon == MeshDaemon.brokerd.rawValue
            || daemon == MeshDaemon.ratelimitd.rawValue
        return isBridged == true && isReplaced ? MeshDaemon.bridged.rawValue : daemon
    }

    /// The port on which the part of `daemon` is spoken; nil when nobody does.
    func port(of daemon: String) -> Int? { mesh[speaker(for: daemon)] }

    /// The certificate of the person at the keyboard.
    var operatorFiles: TLSFiles { TLSFiles(directory: certificates, name: "operator") }
}
