// SPDX-License-Identifier: MIT

/// Where the money of an order stands. The raw value is what the table `payments` holds.
package enum PaymentState: String, CaseIterable, Sendable {
    /// The provider was or is being asked; goes on to `charged`, `declined` or `unknown`.
    case charging
    /// The charge stands; goes on to `captured` or `reversing`.
    case charged
    /// The provider said no. Nothing was taken.
    case declined
    /// The provider was or is being asked to give the charge back; goes on to `reversed`.
    case reversing
    /// The charge was given back; the next attempt goes on to `charging`.
    case reversed
    /// The provider did not answer; only its answer about the same key leads out.
    case unknown
    /// The order is fulfilled: the charge stands for good. Final.
    case captured
}
