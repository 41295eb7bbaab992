// SPDX-License-Identifier: MIT
import Foundation

/// A stand-in for Stripe that charges, declines and refunds.
package struct LocalStripe: Decodable, Sendable {
    /// Such as `http://127.0.0.1:41234`.
    package let endpoint: String

    private static let lifeline = Pipe()

    /// The one of this process.
    package static let shared = Result { () throws -> LocalStripe in
        try StandIn.start("scripts/localstripe", lifeline: lifeline)
    }
}
