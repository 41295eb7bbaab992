// SPDX-License-Identifier: MIT
import Foundation

/// What lies where in a run directory.
struct MeshLayout: Sendable {
    let runDirectory: String

    var certificates: String { runDirectory + "/certs" }
    var postgres: String { runDirectory + "/postgres" }
    var brokerLog: String { runDirectory + "/broker" }
    var receipts: String { runDirectory + "/receipts" }
    var logs: String { runDirectory + "/logs" }

    /// The file with the process id of `daemon`, there while it runs.
    func processFile(_ daemon: MeshDaemon) -> String { "\(runDirectory)/\(daemon).pid" }

    /// What `daemon` writes to standard error, over all its starts.
    func logFile(_ daemon: MeshDaemon) -> String { "\(logs)/\(daemon).log" }

    /// Makes the directories that are not there yet.
    init(runDirectory: String) throws {
        self.runDirectory = URL(filePath: runDirectory).standardizedFileURL.path
        for directory in [self.runDirectory, brokerLog, receipts, logs] {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true)
        }
    }

    func map(ports: MeshPorts, postgres: String) -> MeshMap {
        MeshMap(
            http: ports.http, mesh: ports.mesh, admin: ports.admin, certificates: certificates,
            postgres: postgres, receipts: receipts)
    }
}
