// SPDX-License-Identifier: MIT
import Orders

extension SagaPlan {
    /// The table for `docs/saga.md`; a test compares the two.
    package static var markdown: String {
        var text = """
            | step | order is | payment is | decision | why |
            |------|----------|------------|----------|-----|

            """
        for line in table {
            let orders =
                line.orders.count == OrderStatus.allCases.count
                ? "any" : line.orders.map(\.rawValue).joined(separator: ", ")
            let payments =
                line.payments.count == PaymentState.allCases.count + 1
                ? "any" : line.payments.map { $0?.rawValue ?? "none" }.joined(separator: ", ")
            text +=
                "| \(line.step) | \(orders) | \(payments) | \(line.decision) | \(line.reason) |\n"
        }
        return text
    }
}
