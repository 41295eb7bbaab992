// SPDX-License-Identifier: MIT

/// A stand-in for Stripe that charges, declines and refunds.
package struct LocalStripe: Decodable, Sendable {
    /// Such as `http://127.0.0.1:41234`.
    package let endpoint: String

    /// The one of this process.
    package static let shared = Result { () throws -> LocalStripe in
        try StandIn.start("scripts/localstripe")
    }
}
