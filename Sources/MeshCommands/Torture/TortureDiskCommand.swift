// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import ServiceClients
import Sessions

/// `meshctl torture disk`: fills the file system of a broker's log to its end, or has it fail, and
/// accounts for every message.
struct TortureDiskCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disk",
        abstract: "Fill the disk of brokerd, or have it fail, and account for every message.",
        discussion: """
            DIRECTORY lies on a file system of its own, of 16 MiB to a few hundred. Without --fail it is
            filled; brokerd is killed while it is full, and must start, settle, and come to take
            messages again. With --fail that command makes the file system fail, upon which brokerd
            must end; --mend makes it work again.
            """)

    @Argument(help: "Where the log goes.")
    var directory: String

    @Option(help: "How often to kill it on the full disk.")
    var kills = 5

    @Option(help: "A command of the shell that makes the file system fail.")
    var fail: String?

    @Option(help: "One that makes it work again.")
    var mend: String?

    func run() async throws {
        let broker = try await TorturedDaemon.broker(in: nil, data: directory + "/log")
        let connection = try broker.connection(named: "disk")
        let client = BrokerClient(connection, deadline: .seconds(10))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await connection.run() }
            let torture = DiskTorture(broker: broker, client: client)
            if let fail, let mend {
                try await torture.fail(with: fail, mendedBy: mend)
            } else {
                try await torture.fill(killCount: kills)
            }
            tasks.cancelAll()
        }
        try await broker.stop()
    }
}
