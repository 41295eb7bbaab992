// SPDX-License-Identifier: MIT
import Orders
import Testing

@Suite struct OrderIDTests {
    @Test func `an order's id carries the millisecond of its creation`() {
        var generator = SystemRandomNumberGenerator()
        let now = MeshInstant(nanoseconds: 1_790_000_000_123_456_789)
        let order = OrderID.make(at: now, using: &generator)
        #expect(order.createdAt == MeshInstant(milliseconds: 1_790_000_000_123))
    }

    @Test func `ids survive being written and read`() {
        let text = "018f6f5e-7c1a-7b3c-9d2e-5f4a3b2c1d0e"
        #expect(OrderID(text)?.description == text)
        #expect(OrderID("not-an-id") == nil)
    }

    @Test func `final statuses are those that nothing follows`() {
        let final = OrderStatus.allCases.filter(\.isFinal)
        #expect(final == [.fulfilled, .rejected, .declined, .cancelled, .dead])
    }
}
