// SPDX-License-Identifier: MIT

/// Where an order stands. The raw value is what clients, the database and the wire carry.
package enum OrderStatus: String, CaseIterable, Sendable {
    /// Stored and queued; goes on to `reserved`, `rejected` or `cancelled`.
    case accepted
    /// Its stock is held; goes on to `charging`.
    case reserved
    /// The provider was or is being asked; goes on to `charged`, `declined`, `unknown` or `dead`.
    case charging
    /// Paid; goes on to `fulfilled`, or back to `charging` when the hand-over was refused.
    case charged
    /// Receipt written. Final.
    case fulfilled
    /// Out of stock; nothing held. Final.
    case rejected
    /// The provider said no; its stock is released. Final.
    case declined
    /// Taken back before anything happened. Final.
    case cancelled
    /// Whether the charge stands is not known; only the provider's answer leads out of it.
    case unknown
    /// Given up after all attempts: nothing charged, stock released. Final, until redriven.
    case dead

    /// Whether the order rests: nothing more happens to it unless a person acts.
    package var isFinal: Bool {
        switch self {
        case .fulfilled, .rejected, .declined, .cancelled, .dead: true
        case .accepted, .reserved, .charging, .charged, .unknown: false
        }
    }
}
