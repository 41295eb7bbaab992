// SPDX-License-Identifier: MIT
import ArgumentParser
import Orders
import Sessions
import Wire

/// `meshctl dlq ls`: dead letters with their reason and every attempt.
struct DeadLetterListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List dead letters; nothing is touched.")

    @Argument(help: "The queue.")
    var queue: String

    @Option(help: "At most so many, 1 to 1000.")
    var limit: UInt32 = 100

    @OptionGroup var mesh: MeshOptions

    func validate() throws {
        guard (1...1000).contains(limit) else { throw ValidationError("--limit takes 1 to 1000") }
    }

    func run() async throws {
        let request = DeadLetters(queue: queue, after: 0, limit: limit)
        let reply = try await mesh.withConnection(to: "brokerd") { connection in
            try await connection.call(
                request, answer: DeadLettersOK.self, trace: .zero, deadline: .seconds(10))
        }
        for letter in reply.letters { print(DeadLetterText.describe(letter)) }
        print("\(reply.letters.count) dead in \(queue)")
    }
}
