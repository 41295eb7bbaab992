// SPDX-License-Identifier: MIT
import FoundationEssentials
import Orders

/// The items of an order as the database keeps them:
/// `[{"product": "A", "quantity": 2, "unit_price_minor": 1000}]`.
enum StoredItems {
    private struct Stored: Decodable {
        let product: String
        let quantity: UInt32
        let unitPrice: Int64

        private enum CodingKeys: String, CodingKey {
            case product, quantity
            case unitPrice = "unit_price_minor"
        }
    }

    /// Written by hand: products are printable ASCII, so that only two characters need care.
    static func json(_ items: [OrderItem]) -> String {
        var text = "["
        for (index, item) in items.enumerated() {
            if index > 0 { text += "," }
            text += "{\"product\":\""
            for character in item.product.text {
                if character == "\"" || character == "\\" { text += "\\" }
                text.append(character)
            }
            text += "\",\"quantity\":\(item.quantity),\"unit_price_minor\":\(item.unitPrice)}"
        }
        return text + "]"
    }

    /// - Throws: when `text` is not of the form that `json` writes.
    static func read(_ text: String) throws -> [OrderItem] {
        try JSONDecoder().decode([Stored].self, from: Data(text.utf8)).map { item in
            try OrderItem(
                product: ProductID(unchecked: item.product), quantity: item.quantity,
                unitPrice: item.unitPrice)
        }
    }
}
