// SPDX-License-Identifier: MIT

/// One line of an order: so many of one product at a price. Valid since made.
package struct OrderItem: Hashable, Sendable {
    package let product: ProductID
    /// 1 to `quantityMax`.
    package let quantity: UInt32
    /// In hundredths of the order's currency: 0 to `Money.minorUnitsMax`.
    package let unitPrice: Int64

    package static let quantityMax: UInt32 = 1_000_000

    /// - Throws: `quantityOutOfRange`, `priceNegative` or `priceTooLarge`.
    package init(product: ProductID, quantity: UInt32, unitPrice: Int64) throws(OrderError) {
        guard (1...Self.quantityMax).contains(quantity) else { throw .quantityOutOfRange }
        guard unitPrice >= 0 else { throw .priceNegative }
        guard unitPrice <= Money.minorUnitsMax else { throw .priceTooLarge }
        self.product = product
        self.quantity = quantity
        self.unitPrice = unitPrice
    }

    /// Quantity times price, in hundredths.
    ///
    /// - Throws: `totalTooLarge` beyond `Money.minorUnitsMax`.
    package func lineTotal() throws(OrderError) -> Int64 {
        let (total, overflow) = unitPrice.multipliedReportingOverflow(by: Int64(quantity))
        guard !overflow, total <= Money.minorUnitsMax else { throw .totalTooLarge }
        return total
    }
}
