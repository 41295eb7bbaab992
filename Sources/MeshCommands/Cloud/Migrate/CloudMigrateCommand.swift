// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import PostgresStore
import ServiceClients

/// `meshctl cloud migrate`: moves what one mesh's queues and limiter hold to another's.
struct CloudMigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Move messages, plans, buckets, keys and receipts from one mesh to another.",
        discussion: """
            Stop ingestd and the stages first, and start those of the other mesh when this is through: \
            docs/OPERATING.md says in which order. Stopped at any point, the same command goes on from \
            its journal. Ends with status 0 only when the source is empty and all counts match.
            """)

    @OptionGroup var ends: MigrationOptions

    @Option(help: "Where it is written down what was begun; the same file to go on.")
    var journal: String

    @Option(help: "Only this queue; more than one may be given. All of the source otherwise.")
    var queue: [String] = []

    @Option(help: "A tenant whose plan is moved, where the source cannot list them.")
    var tenant: [String] = []

    @Option(help: "How long to wait for what is on lease or not due yet.")
    var wait = DurationArgument(.seconds(600))

    func run() async throws {
        let journal = try MigrationJournal(at: journal, from: ends.from, to: ends.to)
        let (queues, tenants, wait, options) = (queue, tenant, wait.duration, ends)
        let isWhole = try await ends.withEnds { ends in
            let plans = try await PlanMove(ends: ends).run(tenants: tenants)
            for line in plans.lines { print(line) }
            let names = try await queues.isEmpty ? ends.source.queueNames() : queues
            let deadline = ContinuousClock.now + wait
            let others = try await options.withDatabase { database in
                try await Self.moveKeysAndReceipts(options, ends, journal, database, deadline)
            }
            for line in others.lines { print(line) }
            var report = MigrationReport()
            for name in names {
                report.add(
                    try await QueueMigration(name, ends, journal).run(until: deadline))
            }
            print(report.text)
            let objections = others.objections + report.objections
            for line in objections { print("does not match: \(line)") }
            return plans.isWhole && objections.isEmpty
        }
        guard isWhole else {
            throw CommandError("not all was moved: see above; the same command goes on")
        }
        print("moved: all counts match")
    }

    private static func moveKeysAndReceipts(
        _ options: MigrationOptions, _ ends: MigrationEnds, _ journal: MigrationJournal,
        _ database: PostgresPool?, _ deadline: ContinuousClock.Instant
    ) async throws -> MigrationOutcome {
        var outcome = try await KeyMove(
            ends: ends, journal: journal, database: database.map(DatabaseKeys.init)
        ).run(until: deadline)
        let receipts = try await options.withReceipts { places in
            guard let places, let database else {
                return MigrationOutcome(lines: ["receipts stay: no directory is named"])
            }
            return try await ReceiptMove(
                source: places.source, target: places.target,
                records: DatabaseReceipts(pool: database), journal: journal
            ).run(until: deadline)
        }
        outcome.lines += receipts.lines
        outcome.objections += receipts.objections
        return outcome
    }
}
