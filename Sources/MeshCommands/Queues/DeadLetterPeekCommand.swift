// SPDX-License-Identifier: MIT
import ArgumentParser
import NIOCore
import Wire

/// `meshctl dlq peek`: one dead letter, with its body.
struct DeadLetterPeekCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peek", abstract: "Show one dead letter with its body.")

    @Argument(help: "The queue.")
    var queue: String

    @Argument(help: "Its sequence, as `dlq ls` shows it behind #.")
    var sequence: UInt64

    @OptionGroup var mesh: MeshOptions

    func validate() throws {
        guard sequence > 0 else { throw ValidationError("sequences begin at 1") }
    }

    func run() async throws {
        let letter = try await DeadLetterSearch.one(sequence, in: queue, of: mesh)
        print(DeadLetterText.describe(letter))
        print("    body, \(letter.message.body.readableBytes) bytes:")
        print(DeadLetterText.body(letter.message.body))
    }
}
