// SPDX-License-Identifier: MIT
import ArgumentParser

/// `meshctl order explain`: the whole story of an order, from the request to the last webhook.
struct OrderExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Tell an order's story, stage by stage.")

    @OptionGroup var reference: OrderReference

    func run() async throws { print(OrderText.story(try await reference.fetch())) }
}
