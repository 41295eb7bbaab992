// SPDX-License-Identifier: MIT
import ArgumentParser
import OrderMeshClient

/// `meshctl order explain`: the whole story of an order, from the request to the last webhook.
struct OrderExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Tell an order's story, stage by stage.")

    @Argument(help: "The order's id.", transform: MeshOrderID.argument)
    var order: MeshOrderID

    @OptionGroup var options: TenantOptions

    func run() async throws {
        let id = order
        print(OrderText.story(try await options.withClient { try await $0.order(id) }))
    }
}
