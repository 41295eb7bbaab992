// SPDX-License-Identifier: MIT

/// An order to be placed.
public struct MeshOrderRequest: Sendable, Equatable {
    /// Who orders: 1 to 128 printable ASCII characters.
    public var customer: String
    /// 1 to 100 of them.
    public var items: [MeshOrderItem]
    /// Three letters of ISO 4217.
    public var currency: String
    /// One key, one order, for seven days: 1 to 255 printable ASCII characters. Nil: one is made,
    /// which protects from repeats within one `place` call; give your own to be protected across
    /// restarts of your program.
    public var idempotencyKey: String?

    /// An order in US dollars, unless another currency is given.
    public init(
        customer: String, items: [MeshOrderItem], currency: String = "USD",
        idempotencyKey: String? = nil
    ) {
        self.customer = customer
        self.items = items
        self.currency = currency
        self.idempotencyKey = idempotencyKey
    }
}

/// One line of an order.
public struct MeshOrderItem: Sendable, Equatable {
    /// Product id: 1 to 64 printable ASCII characters.
    public var product: String
    /// Pieces: 1 to 1,000,000.
    public var quantity: UInt32
    /// Price of one piece in hundredths of the currency; not negative.
    public var unitPriceMinor: Int64

    /// One line of an order.
    public init(product: String, quantity: UInt32, unitPriceMinor: Int64) {
        self.product = product
        self.quantity = quantity
        self.unitPriceMinor = unitPriceMinor
    }
}
