// SPDX-License-Identifier: MIT
import ArgumentParser
import Wire

/// `meshctl dlq ls`: dead letters with their reason and every attempt.
struct DeadLetterListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List dead letters; nothing is touched.")

    @Argument(help: "The queue.")
    var queue: String

    @Option(help: "At most so many.")
    var limit: Int = 100

    @OptionGroup var mesh: MeshOptions

    func validate() throws {
        guard limit >= 1 else { throw ValidationError("--limit takes 1 or more") }
    }

    func run() async throws {
        let search = DeadLetterSearch(queue: queue, filter: .all, limit: limit)
        let (count, hasMore) = try await mesh.withBroker { broker in
            try await search.run(broker) { print(DeadLetterText.describe($0)) }
        }
        print("\(count) dead in \(queue)\(hasMore ? ", and others: raise --limit" : "")")
    }
}
