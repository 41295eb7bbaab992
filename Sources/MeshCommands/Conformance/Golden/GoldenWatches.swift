// SPDX-License-Identifier: MIT
import Orders
import Wire

/// The story of an order, as it is pushed.
enum GoldenWatches {
    static func event(
        _ number: UInt64, _ status: String, of order: UInt64 = 1, isFinal: Bool = false
    ) -> OrderEvent {
        OrderEvent(
            order: GoldenOrders.id(order),
            event: Event(
                number: number, atMilliseconds: 1_795_456_800_000 + number, stage: "golden",
                status: status, detail: "", attempt: 1), final: isFinal)
    }

    /// WATCH_ORDER behind the event of that number, and its answer.
    static func watch(after number: UInt64) -> [GoldenStep] {
        [
            .request(
                GoldenRequest(WatchOrder.self, "watch \(number)") {
                    watch, _, _ throws(GoldenFailure) in
                    guard watch.order == GoldenOrders.id(1), watch.after == number else {
                        throw GoldenFailure("order \(watch.order) is watched after \(watch.after)")
                    }
                }), .answer("watch \(number)", GoldenReply(WatchingOrder())),
        ]
    }

    static func results(_ statuses: String...) -> GoldenExpectation {
        .answered(
            statuses.enumerated().map { index, status in
                ["number": .number(Int64(index + 1)), "status": .text(status)]
            })
    }
}
