// SPDX-License-Identifier: MIT
import FoundationEssentials
import OrderMeshClient
import Orders

/// Orders in words.
enum OrderText {
    static func summary(_ order: MeshOrder) -> String {
        """
        order        \(order.id)
        tenant       \(order.tenant), customer \(order.customer)
        status       \(order.status)
        total        \(money(order.totalMinor, order.currency))
        accepted     \(Timestamp.text(order.created))
        correlation  \(order.correlationID)
        """
    }

    /// The summary and one line for each event, with the time since the order was accepted.
    static func story(_ order: MeshOrder) -> String {
        var table = TextTable("AFTER", "STAGE", "STATUS", "ATTEMPT", "DETAIL", alignment: .left)
        for event in order.events.sorted(by: { $0.number < $1.number }) {
            let passed = event.time.timeIntervalSince(order.created) * 1000
            table.add(
                "+\(Int(passed.rounded())) ms", event.stage, event.status, event.attempt,
                event.detail)
        }
        return summary(order) + "\n\n" + table.text
    }

    /// `1234` minor units as `12.34 USD`.
    static func money(_ minorUnits: Int64, _ currency: String) -> String {
        "\(Money(minorUnits: minorUnits).decimal) \(currency)"
    }
}
