// SPDX-License-Identifier: MIT
package import Wire

/// What a message that SQS handed out turned out to be.
package enum ClaimedMessage: Sendable {
    /// On lease from now on.
    case delivery(Wire.Delivery)
    /// Nothing more to do: its carrier is deleted, or may be.
    case over
    /// Not now; SQS shows it again by itself.
    case left
}
