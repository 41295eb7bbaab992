// SPDX-License-Identifier: MIT

/// How Stripe is asked.
package struct StripeConfiguration: Sendable {
    /// Without a slash at its end: `https://api.stripe.com`.
    package var endpoint: String
    package var secretKey: StripeSecret
    /// One exchange, from name look-up to the last byte.
    package var timeout: Duration = .seconds(20)
    /// Exchanges under way at once, each on a connection that is used again.
    package var concurrencyMax = 32
    /// The payment method of customers without one of their own; for trials.
    package var paymentMethod: String?
    /// PEM file of the authorities to trust in place of the system's.
    package var trustRoots: String?

    /// Stripe goes on answering in the words of this version, whatever comes after it.
    static let version = "2024-06-20"
    /// A page of intents with their charges takes a few hundred KiB.
    static let answerByteCountMax = 4 << 20

    package init(endpoint: String, secretKey: StripeSecret) {
        self.endpoint = endpoint
        self.secretKey = secretKey
    }
}
