// SPDX-License-Identifier: MIT
import Orders

/// A promise that was broken, with whom it concerns.
struct ChaosBreach: Sendable, Hashable, Encodable {
    /// Which promise, in the words of the check.
    let rule: String
    /// An order, a product, an account, a queue.
    let subject: String
    let detail: String

    init(_ rule: String, _ subject: some CustomStringConvertible, _ detail: String = "") {
        self.rule = rule
        self.subject = subject.description
        self.detail = detail
    }

    var text: String { "\(rule): \(subject) \(detail)" }
}
