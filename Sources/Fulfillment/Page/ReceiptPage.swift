// SPDX-License-Identifier: MIT
import Orders

/// The receipt for people: one page of HTML that needs nothing else, made for paper as for a screen.
struct ReceiptPage {
    /// The places of `receipt.html`.
    enum Field: String, CaseIterable, Sendable {
        case order, tenant, customer, ordered, provider, reference, correlation, total, currency
        case orderedForPeople = "ordered for people"
        // Of one item.
        case product, quantity, price, amount
    }

    /// A line of the order whose price times quantity is no amount of money.
    struct ImpossibleAmount: Error, Equatable, CustomStringConvertible {
        let product: String

        var description: String { "the amount of \(product) is beyond any price" }
    }

    private static let template: PageTemplate<Field> = {
        let text = String(decoding: PackageResources.receipt_html, as: UTF8.self)
        guard let template = PageTemplate<Field>(text) else {
            preconditionFailure("receipt.html has a place that nothing fills")
        }
        return template
    }()

    /// The same bytes whenever it is asked for the same receipt.
    static func rendered(_ receipt: Receipt) throws(ImpossibleAmount) -> [UInt8] {
        var items: [(Field) -> String?] = []
        for item in receipt.items { items.append(try line(item)) }
        return template.filled({ text(of: $0, in: receipt) }, items: items)
    }

    private static func text(of field: Field, in receipt: Receipt) -> String? {
        switch field {
        case .order: receipt.order
        case .tenant: receipt.tenant
        case .customer: receipt.customer
        case .ordered: receipt.orderedAt
        case .orderedForPeople: forPeople(receipt.orderedAt)
        case .provider: receipt.provider
        case .reference: receipt.reference
        case .correlation: receipt.correlation
        case .total: receipt.total
        case .currency: receipt.currency
        case .product, .quantity, .price, .amount: nil
        }
    }

    private static func line(
        _ item: Receipt.Item
    ) throws(ImpossibleAmount) -> (Field) -> String? {
        let (amount, isBeyond) = item.unitPriceMinor.multipliedReportingOverflow(by: item.quantity)
        guard !isBeyond else { throw ImpossibleAmount(product: item.product) }
        return { field in
            switch field {
            case .product: item.product
            case .quantity: "\(item.quantity)"
            case .price: Money(minorUnits: item.unitPriceMinor).decimal
            case .amount: Money(minorUnits: amount).decimal
            default: nil
            }
        }
    }

    /// `2026-11-23T19:10:00.123Z` as `2026-11-23 19:10:00 UTC`.
    private static func forPeople(_ timestamp: String) -> String {
        "\(timestamp.prefix(10)) \(timestamp.dropFirst(11).prefix(8)) UTC"
    }
}
