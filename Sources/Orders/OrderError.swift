// SPDX-License-Identifier: MIT

/// Why an order is refused before anything is stored. The raw value is the code that clients see.
package enum OrderError: String, Error, CaseIterable, Sendable {
    case tenantInvalid = "tenant_invalid"
    case customerInvalid = "customer_invalid"
    case productInvalid = "product_invalid"
    case keyInvalid = "idempotency_key_invalid"
    case currencyInvalid = "currency_invalid"
    case itemsMissing = "items_missing"
    case itemsTooMany = "items_too_many"
    case quantityOutOfRange = "quantity_out_of_range"
    case priceMalformed = "price_malformed"
    case priceNegative = "price_negative"
    case priceTooLarge = "price_too_large"
    case totalTooLarge = "total_too_large"

    /// One sentence for people.
    package var explanation: String {
        switch self {
        case .tenantInvalid: "A tenant is 1 to 64 of a-z, 0-9, '.', '_' and '-'."
        case .customerInvalid: "A customer is 1 to 128 printable ASCII characters, no spaces."
        case .productInvalid: "A product is 1 to 64 printable ASCII characters, no spaces."
        case .keyInvalid: "An idempotency key is 1 to 255 printable ASCII characters, no spaces."
        case .currencyInvalid: "A currency is three letters A to Z."
        case .itemsMissing: "An order has at least one item."
        case .itemsTooMany: "An order has at most \(PlacedOrder.itemCountMax) items."
        case .quantityOutOfRange: "A quantity is 1 to \(OrderItem.quantityMax)."
        case .priceMalformed: "A price is a decimal number with at most two fraction digits."
        case .priceNegative: "A price is not negative."
        case .priceTooLarge, .totalTooLarge:
            "Prices and totals are at most \(Money(minorUnits: Money.minorUnitsMax))."
        }
    }
}
