// SPDX-License-Identifier: MIT
package import Orders

/// The key under which a provider knows one charge or reversal: asked twice, it acts once.
package struct ProviderKey: Sendable, Hashable, CustomStringConvertible {
    package let text: String

    /// What the provider is asked to do.
    package enum Purpose: String, Sendable {
        case charge
        case reverse
    }

    /// The same for the same three, in every process and for ever: H(order, attempt, purpose).
    ///
    /// The parts are spelled out instead of hashed: collision-free, and an operator can read them.
    package init(_ order: OrderID, attempt: UInt32, _ purpose: Purpose) {
        text = "\(order)-\(attempt)-\(purpose.rawValue)"
    }

    package var description: String { text }
}
