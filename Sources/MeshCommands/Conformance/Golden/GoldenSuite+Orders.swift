// SPDX-License-Identifier: MIT
import Orders
import Wire

extension GoldenSuite {
    /// Long orders, both ways, and their stories.
    static let orderCases: [GoldenCase] = [
        GoldenCase(
            id: "G-35", rules: ["F-6"], title: "a long request comes whole, compressed or not",
            instruction: .place(GoldenOrders.order(1, lineCount: 100)),
            script: [
                .greet(), GoldenOrders.request(1, lineCount: 100), .place("first"),
            ],
            expectation: GoldenOrders.results(1)),
        GoldenCase(
            id: "G-36", rules: ["F-5"], title: "a compressed answer is read",
            instruction: instruction(.getOrder),
            script: [
                .greet(),
                .request(
                    GoldenRequest(GetOrder.self) { get, _, _ throws(GoldenFailure) in
                        guard get.order == GoldenOrders.id(1) else {
                            throw GoldenFailure("order \(get.order) is asked for")
                        }
                    }), .answer("request", GoldenReply(record).compressed()),
            ],
            expectation: .answered([
                [
                    "order": .text(GoldenOrders.id(1).description), "status": "fulfilled",
                    "total_minor": .number(record.totalMinor),
                ]
            ])),
        GoldenCase(
            id: "G-37", rules: ["F-9"], title: "an order is watched to its end",
            instruction: instruction(.watchOrder),
            script: [.greet()] + GoldenWatches.watch(after: 0) + [
                .push(.push(GoldenWatches.event(1, "accepted"))),
                .push(.push(GoldenWatches.event(2, "a status of a later version")).extended()),
                .push(.push(GoldenWatches.event(3, "fulfilled", isFinal: true))),
            ],
            expectation: GoldenWatches.results(
                "accepted", "a status of a later version", "fulfilled")),
        GoldenCase(
            id: "G-38", rules: ["C-6"],
            title: "a watch goes on in the next session, and tells each event once",
            instruction: instruction(.watchOrder),
            script: [.greet()] + GoldenWatches.watch(after: 0) + [
                .push(.push(GoldenWatches.event(1, "accepted"))),
                .push(.push(GoldenWatches.event(2, "reserved"))), .ping(token: 4), .close, .greet(),
            ] + GoldenWatches.watch(after: 2) + [
                .push(.push(GoldenWatches.event(2, "reserved"))),
                .push(.push(GoldenWatches.event(3, "rejected", isFinal: true))),
            ],
            expectation: GoldenWatches.results("accepted", "reserved", "rejected")),
    ]

    private static func instruction(_ action: GoldenInstruction.Action) -> GoldenInstruction {
        GoldenInstruction(do: action, order: GoldenOrders.id(1).description)
    }

    /// An order of a hundred lines that are much alike.
    private static let record: OrderRecord = {
        let order = GoldenOrders.order(1, lineCount: 100).message
        return OrderRecord(
            order: GoldenOrders.id(1), tenant: "golden", customer: order.customer,
            status: "fulfilled", currency: order.currency,
            totalMinor: order.items.reduce(0) { $0 + Int64($1.quantity) * $1.unitPriceMinor },
            createdMilliseconds: 1_795_456_800_000, trace: UniqueID(high: 1, low: 1),
            items: order.items, events: [])
    }()
}
