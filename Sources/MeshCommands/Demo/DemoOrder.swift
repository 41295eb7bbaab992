// SPDX-License-Identifier: MIT

/// One order of the demonstration, with what is to become of it.
struct DemoOrder: Sendable {
    /// By which way it is sent.
    enum Route: Sendable {
        case http
        case client
    }

    /// Why it is in the run.
    enum Purpose: CaseIterable, Sendable {
        /// There is stock and credit.
        case ordinary
        /// One of its items is scarce: some of these are rejected.
        case scarce
        /// Its customer has next to no credit: declined, its stock released.
        case broke
        /// Its tenant sends more than its plan allows: some are refused.
        case hasty
        /// Malformed: refused.
        case malformed
        /// Its tenant's receiver of webhooks is down.
        case unreachable
    }

    struct Item: Sendable {
        let product: String
        let quantity: Int
        let unitPriceMinor: Int
    }

    let purpose: Purpose
    let route: Route
    let tenant: String
    let customer: String
    let key: String
    let items: [Item]
    /// How often it is sent, the same key each time.
    let copies: Int
}
