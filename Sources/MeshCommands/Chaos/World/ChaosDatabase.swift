// SPDX-License-Identifier: MIT
import Foundation
import PostgresStore
import Synchronization

/// The PostgreSQL of a run, which is killed and started again where it was.
final class ChaosDatabase: Sendable {
    let connectionInfo: String
    private let directory: String
    /// Nil while there is none.
    private let cluster: Mutex<PrivateCluster?>

    /// How long its children may take to see that a postmaster is gone.
    private static let endPatience = Duration.seconds(3)

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

    /// SIGKILL to the postmaster, and a new one on what it had. Blocks.
    func crashAndStart() throws(PostgresError) {
        try cluster.withLock { cluster throws(PostgresError) in
            let postmaster = postmaster
            // It must start no more of them once they are listed.
            if let postmaster { Self.freeze(postmaster) }
            let children = children
            if let postmaster { kill(postmaster, SIGKILL) }
            for child in children { kill(child, SIGCONT) }
            // Stopped once only: it closes a descriptor, whose number is soon somebody else's.
            cluster?.stop()
            cluster = nil
            Self.awaitEnd(of: children)
            cluster = try PrivateCluster.start(in: directory)
        }
    }

    func stop() {
        cluster.withLock { cluster in
            cluster?.stop()
            cluster = nil
        }
    }

    /// SIGSTOP, which has come into force at the return, or the process is gone.
    private static func freeze(_ process: Int32) {
        guard kill(process, SIGSTOP) == 0 else { return }
        let deadline = ContinuousClock.now + endPatience
        while let state = state(of: process), !"TtZX".contains(state), .now < deadline {
            usleep(1000)
        }
    }

    /// Waits until they have seen that their postmaster is gone: as long as one lives, the next one is
    /// refused the memory that they share.
    private static func awaitEnd(of children: [Int32]) {
        let deadline = ContinuousClock.now + endPatience
        var living = children
        while !living.isEmpty {
            if ContinuousClock.now > deadline { for child in living { kill(child, SIGKILL) } }
            usleep(20_000)
            living = living.filter(isAlive)
        }
    }

    /// Whether it has not ended yet. By its state and not by its words, which are gone before the
    /// memory is let go.
    private static func isAlive(_ process: Int32) -> Bool {
        state(of: process).map { !"ZX".contains($0) } ?? false
    }

    /// The letter of `proc(5)`: `T` stopped, `Z` ended and not buried; nil when there is no process.
    private static func state(of process: Int32) -> Character? {
        guard let data = FileManager.default.contents(atPath: "/proc/\(process)/stat"),
            let afterName = String(decoding: data, as: UTF8.self).split(separator: ")").last
        else { return nil }
        return afterName.first { $0 != " " }
    }
}
