// SPDX-License-Identifier: MIT

/// Why a call that says to come from Stripe is not heard. Stripe calls again after each.
enum StripeWebhookRefusal: String, Error, CaseIterable {
    /// No `Stripe-Signature`, or none that can be read.
    case unsigned
    /// Signed under another secret, or another body.
    case forged
    /// Signed at another time than now: a recorded call, or two clocks that differ.
    case stale
    case tooLarge = "too_large"
    /// Signed, and no event.
    case malformed
    /// It bears a key of ours under which no payment is.
    case unknownCharge = "unknown_charge"
    /// The database or Stripe cannot be asked just now.
    case unavailable

    var status: Int {
        switch self {
        case .unsigned, .stale, .malformed: 400
        case .forged: 401
        case .unknownCharge: 404
        case .tooLarge: 413
        case .unavailable: 503
        }
    }
}
