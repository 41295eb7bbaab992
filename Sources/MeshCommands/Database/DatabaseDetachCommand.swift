// SPDX-License-Identifier: MIT
import ArgumentParser
import PostgresStore

/// `meshctl db detach`: takes the oldest months out of the partitioned tables.
struct DatabaseDetachCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "detach",
        abstract: "Detach the partitions of old months; without --apply only say which.",
        discussion: """
            What is detached is a table of its own: nothing is deleted. Dump it and drop it when it is \
            kept elsewhere. Orders are not held up meanwhile; broken off, it can be given again.
            """)

    @Option(help: "Months to keep, this one included; 2 or more.")
    var keepMonths: Int

    @Flag(help: "Detach months of the ledger too. Whoever has to show his books keeps them.")
    var ledger = false

    @Flag(help: "Do it.")
    var apply = false

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var mesh: MeshOptions

    func validate() throws {
        guard keepMonths >= PartitionRetention.monthCountMin else {
            throw ValidationError(
                "--keep-months takes \(PartitionRetention.monthCountMin) or more: the newest months "
                    + "are those that are written to")
        }
    }

    func run() async throws {
        let retention = PartitionRetention(
            connectionInfo: try database.connectionInfo(of: mesh), monthCount: keepMonths,
            includesLedger: ledger)
        let old = try await retention.find()
        guard !old.isEmpty else { return print("nothing is older than \(keepMonths) months") }
        for partition in old {
            if apply { try await retention.detach(partition) }
            print(
                "\(partition.name) \(apply ? "detached from" : "would be detached from") "
                    + partition.parent)
        }
        if !apply { print("nothing was done: --apply does it") }
    }
}
