// SPDX-License-Identifier: MIT
import ArgumentParser
import Wire

/// `meshctl order get`: what an order is and how it stands.
struct OrderGetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Show an order.")

    @OptionGroup var reference: OrderReference

    func run() async throws {
        let order = try await reference.fetch()
        print(OrderText.summary(order))
        for item in order.items {
            let price = OrderText.money(item.unitPriceMinor, order.currency)
            print("  \(item.quantity) x \(item.product) at \(price)")
        }
    }
}
