// SPDX-License-Identifier: MIT
import ArgumentParser
import ServiceClients

/// `meshctl queue resume`.
struct QueueResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Deliver from a queue again.")

    @Argument(help: "The queue.")
    var queue: String

    @OptionGroup var act: ActOptions
    @OptionGroup var mesh: MeshOptions

    func run() async throws {
        try await mesh.withBroker { try await $0.resume(queue, who: act.who, why: act.why) }
        print("\(queue) is open")
    }
}
