// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import Orders
import Sessions
import Wire

/// `meshctl dlq redrive`: gives dead letters their attempts back.
struct DeadLetterRedriveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "redrive", abstract: "Make dead letters ready again.")

    @Argument(help: "The queue.")
    var queue: String

    @Option(name: .customLong("sequence"), help: "One dead letter; repeatable. Default: all.")
    var sequences: [UInt64] = []

    @Option(help: "Why, for the audit.")
    var why: String

    @OptionGroup var mesh: MeshOptions

    func run() async throws {
        let who = ProcessInfo.processInfo.environment["USER"] ?? "meshctl"
        let request = Redrive(
            queue: queue, sequences: sequences, limit: 0, who: who, why: why)
        let reply = try await mesh.withConnection(to: "brokerd") { connection in
            try await connection.call(
                request, answer: Redriven.self, trace: .zero, deadline: .seconds(30))
        }
        print("\(reply.count) redriven in \(queue)")
    }
}
