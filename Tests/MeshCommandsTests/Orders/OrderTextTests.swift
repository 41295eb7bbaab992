// SPDX-License-Identifier: MIT
import Orders
import Testing
import Wire

@testable import MeshCommands
@testable import OrderMeshClient

@Suite struct OrderTextTests {
    private static let accepted: UInt64 = 1_795_618_498_285

    private static func event(_ number: UInt64, after: UInt64, _ status: String) -> Event {
        Event(
            number: number, atMilliseconds: accepted + after, stage: "payment", status: status,
            detail: "as told", attempt: UInt32(number))
    }

    /// Its events come out of order, as two reads may have them.
    private static let order = MeshOrder(
        OrderRecord(
            order: UniqueID(high: 1, low: 2), tenant: "acme", customer: "cust-1",
            status: "charged", currency: "EUR", totalMinor: 123_405,
            createdMilliseconds: accepted, trace: UniqueID(high: 3, low: 4),
            items: [Item(product: "P", quantity: 3, unitPriceMinor: 41_135)],
            events: [event(2, after: 70, "charged"), event(1, after: 5, "charging")]))

    @Test func `a story is told in order, each step with the time since the order came`() {
        #expect(
            OrderText.story(Self.order) == """
                order        00000000-0000-0001-0000-000000000002
                tenant       acme, customer cust-1
                status       charged
                total        1234.05 EUR
                accepted     2026-11-25T14:54:58.285Z
                correlation  00000000-0000-0003-0000-000000000004

                AFTER   STAGE    STATUS    ATTEMPT  DETAIL
                +5 ms   payment  charging  1        as told
                +70 ms  payment  charged   2        as told
                """)
    }

    @Test(arguments: [(0, "0.00 USD"), (5, "0.05 USD"), (100, "1.00 USD")] as [(Int64, String)])
    func `money is written with its cents`(minorUnits: Int64, text: String) {
        #expect(OrderText.money(minorUnits, "USD") == text)
    }
}
