// SPDX-License-Identifier: MIT
import Foundation

/// The account of a run under chaos.
struct ChaosReport: Sendable, Encodable {
    var seed: UInt64 = 0
    var seconds = 0.0
    var orders = ChaosAnswers.Counts()
    /// Orders of the database by status.
    var statuses: [String: Int] = [:]
    /// By kind; those that cannot be brought about on this machine are named apart.
    var faults: [String: Int] = [:]
    var faultsLeftOut: [String: Int] = [:]
    /// Promises that were asked about, over all rounds.
    var checks = 0
    var checksPostponed = 0
    var deadLettersRedriven: UInt64 = 0
    var webhooks = 0
    var webhooksRepeated = 0
    /// When Stripe moved the money: what there is in the end.
    var stripe: StripeAudit.Totals?
    /// From sending an order to its last change of status, the longest.
    var slowestSeconds = 0.0
    var breaches: [ChaosBreach] = []
    /// Kept when something is to be looked into.
    var directory: String?

    var holds: Bool { breaches.isEmpty }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// For people; the last line is the one that scripts look for.
    var text: String {
        var lines = [
            "orders: sent=\(orders.sent) accepted=\(orders.accepted) refused=\(orders.refused) "
                + "unanswered=\(orders.unanswered) replayed=\(orders.replayed) "
                + "conflicts=\(orders.conflicts)",
            "refusals: " + Self.list(orders.refusals),
            "in the end: " + Self.list(statuses),
            "faults: " + Self.list(faults),
        ]
        if !faultsLeftOut.isEmpty {
            lines.append("cannot be brought about here: " + Self.list(faultsLeftOut))
        }
        lines.append(
            "webhooks: taken=\(webhooks) repeated=\(webhooksRepeated); "
                + "dead letters redriven: \(deadLettersRedriven); slowest order: \(slowestSeconds) s"
        )
        if let stripe {
            lines.append(
                "at Stripe: intents=\(stripe.intents) standing=\(stripe.standing) "
                    + "given back=\(stripe.givenBack) declined=\(stripe.declined)")
        }
        for breach in breaches { lines.append("breach: \(breach.text)") }
        if let directory { lines.append("kept for you: \(directory)") }
        lines.append(
            "accounted: seed=\(seed) seconds=\(Int(seconds)) orders=\(orders.accepted) "
                + "faults=\(faults.values.reduce(0, +)) checks=\(checks) "
                + "postponed=\(checksPostponed) breaches=\(breaches.count)")
        return lines.joined(separator: "\n")
    }

    private static func list(_ counts: [String: Int]) -> String {
        counts.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
    }
}
