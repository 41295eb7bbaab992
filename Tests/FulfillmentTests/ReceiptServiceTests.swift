// SPDX-License-Identifier: MIT
import NIOPosix
import Orders
import Pipeline
import SecureTransport
import ServiceClients
import Sessions
import StageTestSupport
import TestSupport
import Testing

@testable import Fulfillment

/// The stage when its receipts go to a service. That they arrive there is shown with real daemons.
@Suite struct ReceiptServiceTests {
    @Test func `while the service is away no order is to blame, and none is fulfilled`()
        async throws
    {
        let fixture = try OrderFixture()
        try await fixture.stock("apple", 5)
        let order = try await fixture.charged()
        // Never run: there is no connection, and there will be none.
        let connection = MeshConnection(
            to: MeshEndpoint(host: "127.0.0.1", port: 1),
            tls: try TestCertificates.shared.get().context(.client, .service("fulfillmentd")),
            expecting: .service("bridged"), name: "test",
            group: .singletonMultiThreadedEventLoopGroup)
        let service = ReceiptService(
            client: ReceiptClient(connection, deadline: .milliseconds(50)))
        let stage = FulfillmentStage(pool: fixture.pool, receipts: service)
        let outcome = try await stage.handle([fixture.fulfil(order)])[0]
        #expect(outcome.isOfTheStage)
        #expect(outcome.outputs.isEmpty)
        #expect(try await fixture.status(order) == .charged)
        #expect(try await fixture.stockOf("apple") == [3, 2, 0])
    }

    @Test func `what says something else has another name, and the same has the same`() throws {
        let order = OrderID(UniqueID(high: 0x0190_a1b2_c3d4_7000, low: 1))
        let first = try ReceiptFiles(Self.receipt(of: order, "key-1"), of: order, named: .byContent)
        let again = try ReceiptFiles(Self.receipt(of: order, "key-1"), of: order, named: .byContent)
        let other = try ReceiptFiles(Self.receipt(of: order, "key-2"), of: order, named: .byContent)
        #expect(first.both.map(\.name) == again.both.map(\.name))
        #expect(Set(first.both.map(\.name)).isDisjoint(with: other.both.map(\.name)))
        #expect(first.data.name.hasPrefix(Receipt.stem(of: order) + "-"))
        #expect(first.data.name.count == Receipt.path(of: order).count + 17)
        #expect(first.page.name.hasSuffix(".html"))
    }

    private static func receipt(of order: OrderID, _ payment: String) -> Receipt {
        Receipt(
            order: order.description, tenant: "acme", customer: "bob", orderedAtMilliseconds: 1,
            orderedAt: "1970-01-01T00:00:00.001Z",
            items: [.init(product: "apple", quantity: 2, unitPriceMinor: 500)], total: "10.00",
            currency: "USD", payment: payment, provider: "ledger", reference: payment,
            correlation: "")
    }
}
