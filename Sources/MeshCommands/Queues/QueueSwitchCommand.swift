// SPDX-License-Identifier: MIT
import ArgumentParser
import ServiceClients

/// `meshctl queue pause` and `meshctl queue resume`.
struct QueueSwitchCommand<Switch: QueueSwitch>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: Switch.name, abstract: Switch.abstract)
    }

    @Argument(help: "The queue.")
    var queue: String

    @OptionGroup var act: ActOptions
    @OptionGroup var mesh: MeshOptions

    func run() async throws {
        try await mesh.withBroker { try await Switch.turn(queue, act, $0) }
        print("\(queue) \(Switch.outcome)")
    }
}

/// A change of a queue that takes nothing but who and why.
protocol QueueSwitch: SendableMetatype {
    /// Of the command.
    static var name: String { get }
    static var abstract: String { get }
    /// What the queue is or does from now on.
    static var outcome: String { get }
    static func turn(_ queue: String, _ act: ActOptions, _ broker: BrokerClient) async throws
}

/// Nothing is delivered any more.
enum QueuePause: QueueSwitch {
    static let name = "pause"
    static let abstract = "Deliver nothing from a queue until it is resumed."
    static let outcome = "is paused: it takes messages and delivers none"

    static func turn(_ queue: String, _ act: ActOptions, _ broker: BrokerClient) async throws {
        try await broker.pause(queue, who: act.who, why: act.why)
    }
}

/// Deliveries go on.
enum QueueResume: QueueSwitch {
    static let name = "resume"
    static let abstract = "Deliver from a queue again."
    static let outcome = "is open"

    static func turn(_ queue: String, _ act: ActOptions, _ broker: BrokerClient) async throws {
        try await broker.resume(queue, who: act.who, why: act.why)
    }
}
