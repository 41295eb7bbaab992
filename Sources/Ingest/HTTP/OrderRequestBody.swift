// SPDX-License-Identifier: MIT
import FoundationEssentials
import Orders
import Wire

/// The JSON of `POST /orders`.
struct OrderRequestBody: Decodable {
    /// One line of an order.
    struct Item: Decodable {
        let productID: String
        let quantity: Decimal
        let price: Decimal

        private enum CodingKeys: String, CodingKey {
            case productID = "product_id"
            case quantity, price
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            productID = try container.decode(String.self, forKey: .productID)
            quantity = try container.number(.quantity)
            price = try container.number(.price)
        }
    }

    /// `place_order`, which is the default, or `check_rate_limit`.
    let action: String?
    let tenantID: String?
    let customerID: String?
    let currency: String?
    let idempotencyKey: String?
    let items: [Item]?

    private enum CodingKeys: String, CodingKey {
        case action, currency, items
        case tenantID = "tenant_id"
        case customerID = "customer_id"
        case idempotencyKey = "idempotency_key"
    }

    /// Reads a body.
    ///
    /// - Throws: a refusal that says where the JSON is not what it should be.
    static func decode(_ bytes: some Sequence<UInt8>) throws(Refusal) -> OrderRequestBody {
        do {
            return try JSONDecoder().decode(Self.self, from: Data(bytes))
        } catch DecodingError.keyNotFound(let key, let context) {
            let pointer = pointer(context.codingPath + [key])
            throw misfit("missing", "is required", at: pointer)
        } catch DecodingError.typeMismatch(let type, let context) {
            throw misfit(
                "wrong_type", "must be \(word(for: type))", at: pointer(context.codingPath))
        } catch DecodingError.valueNotFound(_, let context) {
            throw misfit("wrong_type", "must not be null", at: pointer(context.codingPath))
        } catch DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty {
            throw misfit("out_of_range", context.debugDescription, at: pointer(context.codingPath))
        } catch {
            throw Refusal(.badMessage, "The body is not valid JSON.")
        }
    }

    private static func misfit(_ code: String, _ detail: String, at pointer: String) -> Refusal {
        let field = Refusal.Field(pointer: pointer, code: code, detail: detail)
        let subject = pointer.isEmpty ? "The body" : pointer
        return Refusal(.invalidOrder, "\(subject) \(detail).", fields: [field])
    }

    /// What JSON calls the type that was looked for.
    private static func word(for type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a text"
        case is Decimal.Type: "a number"
        case is [Any].Type, is [Item].Type: "a list"
        default: "an object"
        }
    }

    private static func pointer(_ path: [any CodingKey]) -> String {
        path.map { "/" + ($0.intValue.map(String.init) ?? $0.stringValue) }.joined()
    }
}

extension OrderRequestBody {
    /// The order that the body describes.
    ///
    /// - Parameter key: the idempotency key in force.
    func order(tenant: TenantID, key: IdempotencyKey) throws(Refusal) -> PlacedOrder {
        let customer = try Refusal.at("/customer_id") { () throws(OrderError) in
            try CustomerID(customerID ?? "")
        }
        let currency = try Refusal.at("/currency") { () throws(OrderError) in
            guard let code = self.currency else { return Currency.usd }
            return try Currency(code)
        }
        // Counted before any is looked at: ten thousand items are refused at the cost of one.
        let items = items ?? []
        guard items.count <= PlacedOrder.itemCountMax else {
            throw Refusal(.itemsTooMany, at: "/items")
        }
        var checked: [OrderItem] = []
        for (index, item) in items.enumerated() {
            checked.append(try item.checked(at: "/items/\(index)"))
        }
        return try Refusal.at("/items") { () throws(OrderError) in
            try PlacedOrder(
                tenant: tenant, customer: customer, items: checked, currency: currency,
                idempotencyKey: key)
        }
    }
}

extension OrderRequestBody.Item {
    func checked(at pointer: String) throws(Refusal) -> OrderItem {
        let product = try Refusal.at(pointer + "/product_id") { () throws(OrderError) in
            try ProductID(productID)
        }
        // Read from its digits: 1.5 is no number of pieces, and 3.0 is three.
        guard let pieces = UInt32(quantity.description) else {
            throw Refusal(.quantityOutOfRange, at: pointer + "/quantity")
        }
        // Decimal holds the digits of the JSON text: no binary fraction ever stands for money.
        let unitPrice = try Refusal.at(pointer + "/price") { () throws(OrderError) in
            try Money(decimal: price.description).minorUnits
        }
        let isPriceAtFault = unitPrice < 0
        let field = isPriceAtFault ? "/price" : "/quantity"
        return try Refusal.at(pointer + field) { () throws(OrderError) in
            try OrderItem(product: product, quantity: pieces, unitPrice: unitPrice)
        }
    }
}

extension KeyedDecodingContainer {
    /// A number with all its digits; one with more than 38 is named, not called bad JSON.
    fileprivate func number(_ key: Key) throws -> Decimal {
        do {
            return try decode(Decimal.self, forKey: key)
        } catch let error as DecodingError {
            throw error
        } catch {
            // Foundation has an error of its own for a number that it cannot hold.
            throw DecodingError.dataCorruptedError(
                forKey: key, in: self, debugDescription: "is not a number of at most 38 digits")
        }
    }
}

extension Refusal {
    /// Says of an error in `body` which field it is about.
    static func at<Value>(
        _ pointer: String, _ body: () throws(OrderError) -> Value
    ) throws(Refusal) -> Value {
        do {
            return try body()
        } catch {
            throw Refusal(error, at: pointer)
        }
    }
}
