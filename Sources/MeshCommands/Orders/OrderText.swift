// SPDX-License-Identifier: MIT
import Orders
import Wire

/// Orders in words.
enum OrderText {
    static func summary(_ order: OrderRecord) -> String {
        """
        order        \(order.order)
        tenant       \(order.tenant), customer \(order.customer)
        status       \(order.status)
        total        \(money(order.totalMinor, order.currency))
        accepted     \(Timestamp.text(order.createdMilliseconds))
        correlation  \(order.trace)
        """
    }

    /// The summary and one line for each event, with the time since the order was accepted.
    static func story(_ order: OrderRecord) -> String {
        var table = TextTable("AFTER", "STAGE", "STATUS", "ATTEMPT", "DETAIL", alignment: .left)
        for event in order.events.sorted(by: { $0.number < $1.number }) {
            let passed = Int64(event.atMilliseconds) - Int64(order.createdMilliseconds)
            table.add("+\(passed) ms", event.stage, event.status, event.attempt, event.detail)
        }
        return summary(order) + "\n\n" + table.text
    }

    /// `1234` minor units as `12.34 USD`.
    static func money(_ minorUnits: Int64, _ currency: String) -> String {
        let cents = minorUnits.magnitude % 100
        let sign = minorUnits < 0 ? "-" : ""
        return "\(sign)\(minorUnits.magnitude / 100).\(cents < 10 ? "0" : "")\(cents) \(currency)"
    }
}
