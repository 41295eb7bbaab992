// SPDX-License-Identifier: MIT
import ArgumentParser
import ServiceClients

/// `meshctl queue pause`.
struct QueuePauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Deliver nothing from a queue until it is resumed.")

    @Argument(help: "The queue.")
    var queue: String

    @OptionGroup var act: ActOptions
    @OptionGroup var mesh: MeshOptions

    func run() async throws {
        try await mesh.withBroker { try await $0.pause(queue, who: act.who, why: act.why) }
        print("\(queue) is paused: it takes messages and delivers none")
    }
}
