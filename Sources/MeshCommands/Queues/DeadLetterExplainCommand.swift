// SPDX-License-Identifier: MIT
import ArgumentParser
import FoundationEssentials
import NIOCore
import Saga
import ServiceClients
import Wire

/// `meshctl dlq explain`: what a dead letter means for its order, and what a redrive will do.
///
/// The letter is the broker's, the rest is read from the database, as the stages will when it comes
/// back: what is said of a redrive is what the saga's own table says.
struct DeadLetterExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show what of an order is done, open and at risk, and what a redrive does.")

    @Argument(help: "The queue.")
    var queue: String

    @Argument(help: "Its sequence, as `dlq ls` shows it behind #.")
    var sequence: UInt64

    @Flag(help: "One JSON object, for programs.")
    var json = false

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var mesh: MeshOptions

    func validate() throws {
        guard sequence > 0 else { throw ValidationError("sequences begin at 1") }
    }

    func run() async throws {
        let letter = try await DeadLetterSearch.one(sequence, in: queue, of: mesh)
        let message: StepMessage
        do throws(StepMessageError) {
            message = try StepMessage(decoding: letter.message.body.readableBytesView)
        } catch {
            throw CommandError("#\(sequence) is no step of an order (\(error)): see `dlq peek`")
        }
        let connectionInfo = try database.connectionInfo(of: mesh)
        let standing = try await MeshDatabase.withPool(
            connectionInfo, logger: MeshDatabase.silentLogger
        ) { try await OrderStanding.read(message.order, on: $0) }
        guard let standing else {
            throw CommandError(
                "the database has no order \(message.order): its month may be detached")
        }
        let report = DeadStepReport(letter, in: queue, message, standing)
        guard json else { return print("\(DeadLetterText.describe(letter))\n\n\(report.text)") }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(report), as: UTF8.self))
    }
}
