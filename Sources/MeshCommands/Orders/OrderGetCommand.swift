// SPDX-License-Identifier: MIT
import ArgumentParser
import OrderMeshClient

/// `meshctl order get`: what an order is and how it stands.
struct OrderGetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Show an order.")

    @Argument(help: "The order's id.", transform: MeshOrderID.argument)
    var order: MeshOrderID

    @OptionGroup var options: TenantOptions

    func run() async throws {
        let id = order
        let order = try await options.withClient { try await $0.order(id) }
        print(OrderText.summary(order))
        for item in order.items {
            let price = OrderText.money(item.unitPriceMinor, order.currency)
            print("  \(item.quantity) x \(item.product) at \(price)")
        }
    }
}
