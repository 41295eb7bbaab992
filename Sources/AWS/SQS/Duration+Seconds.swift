// SPDX-License-Identifier: MIT

extension Duration {
    /// In seconds, rounded up, never below zero: how SQS counts delays and timeouts.
    var wholeSeconds: Int {
        let (seconds, attoseconds) = components
        return Int(max(0, attoseconds > 0 ? seconds + 1 : seconds))
    }
}
