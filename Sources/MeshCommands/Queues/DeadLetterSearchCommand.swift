// SPDX-License-Identifier: MIT
import ArgumentParser
import Daemon
import Orders
import Wire

/// `meshctl dlq search`: the dead letters that match.
struct DeadLetterSearchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Search dead letters by tenant, reason and age.")

    @Argument(help: "The queue.")
    var queue: String

    @Option(help: "At most so many.")
    var limit: Int = 100

    @OptionGroup var which: DeadLetterFilterOptions
    @OptionGroup var mesh: MeshOptions

    func validate() throws {
        guard limit >= 1 else { throw ValidationError("--limit takes 1 or more") }
    }

    func run() async throws {
        let search = DeadLetterSearch(
            queue: queue, filter: which.filter(now: WallClock().now()), limit: limit)
        let (count, hasMore) = try await mesh.withBroker { broker in
            try await search.run(broker) { print(DeadLetterText.describe($0)) }
        }
        print("\(count) match in \(queue)\(hasMore ? ", and others: raise --limit" : "")")
    }
}
