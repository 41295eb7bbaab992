// SPDX-License-Identifier: MIT
import Daemon
import Logging
import Orders
import PostgresStore

/// Hears Stripe's events. An event moves no money and no order: it is the reason to ask Stripe now about
/// the key that it names. So it may come twice, late, or in any order.
struct StripeWebhookDesk: Sendable {
    let settings: StripeWebhookSettings
    let reconciler: PaymentReconciler<StripeProvider>
    let pool: PostgresPool
    let clock: any MeshClock
    let logger: Logger

    /// What came of a call that was heard.
    enum Outcome: String, Equatable {
        case settled
        /// Nothing was open: told before, or twice.
        case settledBefore = "settled_before"
        /// Another system's payment in the same account, or an event of another kind.
        case ignored
    }

    /// - Parameter signature: the header `Stripe-Signature`.
    func take(
        _ body: [UInt8], signature: String?
    ) async throws(StripeWebhookRefusal) -> Outcome {
        try check(body, signature)
        guard let event = StripeIntent.decode(StripeEvent.self, body) else { throw .malformed }
        guard event.isOfInterest else { return .ignored }
        do throws(PostgresError) {
            guard let key = try await key(of: event) else { return .ignored }
            if event.isFailedRefund {
                logger.error(
                    "a refund failed at Stripe: the customer's money is with us again",
                    metadata: .keyed([.key: "\(key)", .reason: "\(event.id)"]))
            }
            switch try await reconciler.reconcile(key: key) {
            case .settled: return .settled
            case .settledBefore: return .settledBefore
            // An earlier attempt, given back since, is no longer at its key: that one is known.
            case .unknownKey:
                guard try await StripeBook.isKnown(key, on: pool) else { break }
                return .settledBefore
            case .stillOpen: throw PostgresError(.unavailable, "Stripe has no word on it yet")
            }
        } catch {
            logger.warning(
                "a webhook of Stripe's will have to come again",
                metadata: .keyed([.error: "\(error)", .reason: "\(event.id)"]))
            throw .unavailable
        }
        throw .unknownCharge
    }

    private func check(
        _ body: [UInt8], _ header: String?
    ) throws(StripeWebhookRefusal) {
        guard let header, let signature = StripeSignature(header: header) else { throw .unsigned }
        guard signature.isOf(body, secret: settings.secret) else { throw .forged }
        guard signature.isFresh(at: clock.now(), tolerance: settings.tolerance) else {
            throw .stale
        }
    }

    private func key(of event: StripeEvent) async throws(PostgresError) -> String? {
        if let key = event.key { return key }
        guard let intent = event.intent else { return nil }
        return try await StripeBook.key(of: intent, on: pool)
    }
}
