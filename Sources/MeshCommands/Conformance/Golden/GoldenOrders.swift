// SPDX-License-Identifier: MIT
import Orders
import Wire

/// The orders that clients under test place, and what becomes of them.
enum GoldenOrders {
    /// The first half of all ids: that of the golden frames.
    static let high: UInt64 = 0x0190_A1B2_C3D4_7000

    /// The order of that number, with its key `golden-N`.
    static func order(_ number: Int, lineCount: Int = 1) -> GoldenInstruction.Order {
        GoldenInstruction.Order(
            customer: "cust-\(number)", currency: "USD", idempotencyKey: "golden-\(number)",
            items: (1...lineCount).map {
                GoldenInstruction.Line(
                    product: "product-of-golden-order-\(number)-line-\($0)", quantity: UInt32($0),
                    unitPriceMinor: 1995)
            })
    }

    static func id(_ number: UInt64) -> UniqueID {
        UniqueID(high: high, low: 0x8000_0000_0000_0000 | number)
    }

    /// PLACE_ORDER says what was told, and carries a deadline.
    static func request(
        _ number: Int, _ name: String = "first", lineCount: Int = 1
    ) -> GoldenStep {
        let order = order(number, lineCount: lineCount)
        return .request(
            GoldenRequest(PlaceOrder.self, name) { placed, frame, _ throws(GoldenFailure) in
                guard placed == order.message else {
                    throw GoldenFailure("another order than was to be placed: \(placed)")
                }
                guard frame.header.deadlineMilliseconds > 0 else {
                    throw GoldenFailure("PLACE_ORDER without its deadline")
                }
            })
    }

    /// Any of the orders, where several are placed at once.
    static func anyRequest(_ name: String) -> GoldenStep {
        .request(GoldenRequest(PlaceOrder.self, name))
    }

    /// The same request as that of the first name, byte for byte.
    static func again(_ name: String, of first: String) -> GoldenStep {
        .request(
            GoldenRequest(PlaceOrder.self, name) { _, frame, past throws(GoldenFailure) in
                guard frame.plain == (try past[first]).plain else {
                    throw GoldenFailure("[C-6] another try is not the same request")
                }
            })
    }

    /// ORDER_PLACED for a key `golden-N`: the order of number N.
    static func placed(_ request: PlaceOrder) -> GoldenReply {
        let number = request.idempotencyKey.split(separator: "-").last.flatMap { UInt64($0) } ?? 0
        return GoldenReply(
            OrderPlaced(
                order: id(number), status: "accepted", replayed: false,
                keyExpiresMilliseconds: 1_796_061_600_000, trace: UniqueID(high: 1, low: number)))
    }

    /// What a driver tells of the orders with those numbers.
    static func results(_ numbers: Int...) -> GoldenExpectation {
        .answered(
            numbers.map {
                [
                    "idempotency_key": .text("golden-\($0)"),
                    "order": .text(id(UInt64($0)).description), "status": "accepted",
                    "replayed": false,
                ]
            })
    }
}

extension GoldenInstruction.Order {
    var message: PlaceOrder {
        PlaceOrder(
            tenant: "", customer: customer, idempotencyKey: idempotencyKey, currency: currency,
            items: items.map {
                Item(product: $0.product, quantity: $0.quantity, unitPriceMinor: $0.unitPriceMinor)
            })
    }
}

extension GoldenInstruction {
    /// Places orders, one after the other or all at once.
    static func place(
        _ orders: Order..., atOnce: Bool = false, deadlineMilliseconds: Int = 10_000
    ) -> GoldenInstruction {
        GoldenInstruction(
            do: .placeOrders, deadlineMilliseconds: deadlineMilliseconds, orders: orders,
            atOnce: atOnce)
    }
}
