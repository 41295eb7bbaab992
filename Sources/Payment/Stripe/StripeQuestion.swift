// SPDX-License-Identifier: MIT
import Orders
import Saga

/// What Stripe is or was asked under one key; the same words each time.
struct StripeQuestion: Sendable, Equatable {
    let charge: Charge
    /// Nil when the payment method stands for all customers.
    let customer: String?
    let paymentMethod: String
    let amount: StripeAmount
    /// When it was asked for the first time, by the database's clock.
    let requestedAt: MeshInstant
    /// The intent that took the money, when Stripe's word is on record.
    let reference: String?
    /// Whether somebody may have asked before.
    let isRepeat: Bool

    /// The intent to make, and to confirm in the same request.
    var form: StripeForm {
        var form = StripeForm([
            ("amount", "\(amount.value)"), ("currency", amount.currency),
            ("payment_method", paymentMethod), ("payment_method_types[]", "card"),
            ("capture_method", "automatic"), ("confirm", "true"), ("off_session", "true"),
            ("metadata[\(Self.keyName)]", charge.key.text),
            ("metadata[order_id]", "\(charge.order)"), ("metadata[attempt]", "\(charge.attempt)"),
            ("metadata[tenant]", charge.tenant), ("expand[]", "latest_charge"),
        ])
        if let customer { form.add("customer", customer) }
        return form
    }

    /// The list in which the intents of this question are, newest first. It never lacks what was made
    /// before, unlike Stripe's search, which is a minute behind.
    var listQuery: StripeForm {
        // Stripe's clock may be behind ours.
        let since = (requestedAt - .seconds(3_600)).milliseconds / 1_000
        var query = StripeForm([
            ("limit", "100"), ("created[gte]", "\(since)"), ("expand[]", "data.latest_charge"),
        ])
        if let customer { query.add("customer", customer) }
        return query
    }

    /// Whether an intent is this question's, whatever else it says.
    func owns(_ intent: StripeIntent) -> Bool {
        intent.metadata[Self.keyName] == charge.key.text
    }

    /// Whether an intent takes just what was asked for.
    func matches(_ intent: StripeIntent) -> Bool {
        owns(intent) && intent.amount == amount.value && intent.currency == amount.currency
    }

    /// Where an intent carries the key of its charge.
    static let keyName = "provider_key"
}
