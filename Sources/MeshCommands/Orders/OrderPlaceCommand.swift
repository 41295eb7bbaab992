// SPDX-License-Identifier: MIT
import ArgumentParser
import OrderMeshClient
import Orders

/// `meshctl order place`: places an order, once.
struct OrderPlaceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "place", abstract: "Place an order.",
        discussion: "Without --key one is made; print it and pass it again to repeat safely.")

    @Option(name: .customLong("item"), help: "PRODUCT:QUANTITY:PRICE; repeatable.")
    var items: [String]

    @Option(help: "The customer.")
    var customer: String = "cust-123"

    @Option(help: "Idempotency key: the same key is the same order.")
    var key: String?

    @Option(help: "Currency of the prices.")
    var currency: String = "USD"

    @OptionGroup var options: TenantOptions

    func validate() throws { _ = try items.map(Self.item) }

    func run() async throws {
        let request = MeshOrderRequest(
            customer: customer, items: try items.map(Self.item), currency: currency,
            idempotencyKey: key)
        let placement = try await options.withClient { try await $0.place(request) }
        print("order        \(placement.order)\(placement.isReplayed ? " (replayed)" : "")")
        print("status       \(placement.status)")
        print("correlation  \(placement.correlationID)")
        print("key          \(placement.idempotencyKey)")
    }

    private static func item(_ text: String) throws -> MeshOrderItem {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let quantity = UInt32(parts[1]) else {
            throw ValidationError("not an item: \(text); write PRODUCT:QUANTITY:PRICE")
        }
        do throws(OrderError) {
            let price = try Money(decimal: parts[2]).minorUnits
            return MeshOrderItem(
                product: String(parts[0]), quantity: quantity, unitPriceMinor: price)
        } catch {
            throw ValidationError("\(text): \(error.explanation)")
        }
    }
}
