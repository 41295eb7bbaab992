// SPDX-License-Identifier: MIT
package import Daemon
package import Pipeline

/// The configuration of `paymentd`.
package struct PaymentSettings: DaemonSettings {
    /// Who moves the money.
    package enum Provider: String, Sendable, CaseIterable {
        /// Our own books.
        case ledger
        case stripe
    }

    package let stage: StageSettings
    /// `payment.provider`.
    package let provider: Provider
    /// Nil unless Stripe is the provider.
    package let stripe: StripeSettings?

    package init(from reader: SettingsReader) throws(ConfigurationError) {
        stage = try StageSettings(from: reader)
        provider = try reader.choice("payment.provider", default: Provider.ledger)
        stripe = try StripeSettings(from: reader.scoped("stripe"), isWanted: provider == .stripe)
    }
}
