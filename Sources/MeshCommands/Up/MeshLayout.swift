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

    /// The file in which `daemon` says on which ports it listens.
    func portsFile(_ daemon: MeshDaemon) -> String { "\(runDirectory)/\(daemon).ports" }

    /// What `daemon` writes to standard error, over all its starts.
    func logFile(_ daemon: MeshDaemon) -> String { "\(logs)/\(daemon).log" }

    /// Makes the directories that are not there yet.
    ///
    /// - Throws: `CommandError` that names the one which cannot be made.
    init(runDirectory: String) throws(CommandError) {
        self.runDirectory = URL(filePath: runDirectory).standardizedFileURL.path
        for directory in [self.runDirectory, brokerLog, receipts, logs] {
            do {
                try FileManager.default.createDirectory(
                    atPath: directory, withIntermediateDirectories: true)
            } catch {
                throw CommandError("cannot make \(directory): \(ErrorText.of(error))")
            }
        }
    }

    /// The process that `daemon` runs as, by its process file.
    func process(of daemon: MeshDaemon) -> Int32? {
        guard let data = FileManager.default.contents(atPath: processFile(daemon)) else {
            return nil
        }
        return Int32(String(decoding: data, as: UTF8.self))
    }

    func map(ports: MeshPorts, postgres: String, isBridged: Bool = false) -> MeshMap {
        let daemons = Set(MeshDaemon.all(isBridged: isBridged).map(\.rawValue))
        return MeshMap(
            http: ports.http, mesh: ports.mesh.filter { daemons.contains($0.key) },
            admin: ports.admin.filter { daemons.contains($0.key) }, certificates: certificates,
            postgres: postgres, receipts: receipts, isBridged: isBridged)
    }
}
