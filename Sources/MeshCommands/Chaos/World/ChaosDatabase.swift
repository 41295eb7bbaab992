// SPDX-License-Identifier: MIT
import Foundation
import PostgresStore
import Synchronization

/// The PostgreSQL of a run, which is killed and started again where it was.
final class ChaosDatabase: Sendable {
    let connectionInfo: String
    private let directory: String
    private let cluster: Mutex<PrivateCluster>

    /// A backend may take a moment to see that its postmaster is gone, and to let go of the memory
    /// which the next one wants.
    private static let startPatience = Duration.seconds(60)

    init(in directory: String) throws(PostgresError) {
        self.directory = directory
        let cluster = try PrivateCluster.start(in: directory)
        connectionInfo = cluster.connectionInfo()
        self.cluster = Mutex(cluster)
    }

    /// The postmaster, by its own file; nil when there is none.
    var postmaster: Int32? {
        guard let data = FileManager.default.contents(atPath: directory + "/data/postmaster.pid"),
            let line = String(decoding: data, as: UTF8.self).split(separator: "\n").first
        else { return nil }
        return Int32(line)
    }

    /// The processes that the postmaster has started: background workers and connections.
    var children: [Int32] {
        guard let postmaster else { return [] }
        let file = "/proc/\(postmaster)/task/\(postmaster)/children"
        guard let data = FileManager.default.contents(atPath: file) else { return [] }
        return String(decoding: data, as: UTF8.self).split(separator: " ").compactMap { Int32($0) }
    }

    /// The processes of connections, in the sequence of their ids.
    var backends: [Int32] {
        children.filter { child in
            guard let title = FileManager.default.contents(atPath: "/proc/\(child)/cmdline") else {
                return false
            }
            // `postgres: USER DATABASE HOST ...`; workers have their own names.
            return String(decoding: title, as: UTF8.self).hasPrefix("postgres: postgres ")
        }.sorted()
    }

    /// SIGKILL to the postmaster; its children end by themselves, those that are stopped as well.
    func crash() {
        let children = children
        if let postmaster { kill(postmaster, SIGKILL) }
        for child in children { kill(child, SIGCONT) }
    }

    /// Starts it again after a crash, on what it had. Blocks.
    func startAgain() throws(PostgresError) {
        try cluster.withLock { cluster throws(PostgresError) in
            cluster.stop()
            let deadline = ContinuousClock.now + Self.startPatience
            while true {
                do throws(PostgresError) {
                    cluster = try PrivateCluster.start(in: directory)
                    return
                } catch {
                    guard .now < deadline else { throw error }
                    usleep(100_000)
                }
            }
        }
    }

    func stop() { cluster.withLock { $0.stop() } }
}
