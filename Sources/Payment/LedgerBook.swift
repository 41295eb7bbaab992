// SPDX-License-Identifier: MIT
import Orders
import PostgresStore
import Saga

/// The statements of the ledger. Each runs inside the caller's transaction.
struct LedgerBook {
    /// A transfer that is in the book.
    struct Transfer: Equatable {
        let isReversed: Bool
    }

    /// Charges what the credit limits allow. A key that is in the book is answered from there.
    static func charge(
        _ charges: [Charge], in session: PostgresSession
    ) throws(PostgresError) -> [ChargeAnswer] {
        let credits = try lockAccounts(of: charges, in: session)
        // After the accounts were locked: nobody else charges them now.
        let known = try transfers(charges, in: session)
        let new = charges.filter { known[$0.key.text] == nil }
        let plan = CreditPlan(new, credits: credits)
        try write(
            plan.charged.map { Entry(charge: $0, kind: "charge", key: $0.key.text, sign: 1) },
            in: session)
        let declined = Set(plan.declined.map(\.key))
        return charges.map { charge in
            if known[charge.key.text]?.isReversed == true {
                return .declined(reason: "this charge was given back")
            }
            return declined.contains(charge.key)
                ? .declined(reason: "credit limit exceeded")
                : .charged(reference: charge.key.text)
        }
    }

    /// Gives charges back; one that was given back before stays so.
    static func reverse(
        _ charges: [Charge], in session: PostgresSession
    ) throws(PostgresError) -> [ReversalAnswer] {
        _ = try lockAccounts(of: charges, in: session)
        let known = try transfers(charges, in: session)
        let standing = charges.filter { known[$0.key.text]?.isReversed == false }
        try write(
            standing.map {
                Entry(charge: $0, kind: "reversal", key: $0.reversalKey.text, sign: -1)
            }, in: session)
        let marked = try session.execute(
            markReversed,
            [.texts(standing.map(\.key.text)), .texts(standing.map(\.reversalKey.text))])
        guard marked.affectedCount == standing.count else {
            throw PostgresError(.serialization, "a charge was reversed by somebody else")
        }
        return charges.map { known[$0.key.text] == nil ? .neverCharged : .reversed }
    }

    /// What the book says of the charges, by key.
    static func transfers(
        _ charges: [Charge], in session: PostgresSession
    ) throws(PostgresError) -> [String: Transfer] {
        var transfers: [String: Transfer] = [:]
        for row in try session.execute(find, [.texts(charges.map(\.key.text))]) {
            transfers[try row[0]] = Transfer(isReversed: try row[1])
        }
        return transfers
    }

    // MARK: Inside

    /// One transfer and its two entries.
    private struct Entry {
        let charge: Charge
        let kind: String
        let key: String
        /// 1 takes from the customer, -1 gives back.
        let sign: Int64

        var amount: Int64 { charge.amount.minorUnits }
    }

    /// Makes missing accounts, locks all in the order of their names, reads their credit.
    private static func lockAccounts(
        of charges: [Charge], in session: PostgresSession
    ) throws(PostgresError) -> [CreditPlan.Account: CreditPlan.Credit] {
        let accounts = Set(charges.map(CreditPlan.Account.init)).sorted()
        let parameters: [PostgresValue] = [
            .texts(accounts.map(\.tenant)), .texts(accounts.map(\.customer)),
            .texts(accounts.map(\.currency)),
        ]
        let answers = try session.pipeline([(openAccounts, parameters), (lock, parameters)])
        var credits: [CreditPlan.Account: CreditPlan.Credit] = [:]
        for row in answers[1] {
            let account = CreditPlan.Account(
                tenant: try row[0], customer: try row[1], currency: try row[2])
            credits[account] = CreditPlan.Credit(limit: try row[3], balance: try row[4])
        }
        return credits
    }

    private static func write(
        _ entries: [Entry], in session: PostgresSession
    ) throws(PostgresError) {
        guard !entries.isEmpty else { return }
        var changes: [CreditPlan.Account: Int64] = [:]
        for entry in entries {
            changes[CreditPlan.Account(entry.charge), default: 0] += entry.sign * entry.amount
        }
        let accounts = changes.keys.sorted()
        let amounts = entries.map(\.amount)
        try session.pipeline([
            (
                addTransfers,
                [
                    .texts(entries.map(\.key)), .uuids(entries.map(\.charge.order.value)),
                    .int64s(entries.map { Int64($0.charge.attempt) }), .texts(entries.map(\.kind)),
                    .texts(entries.map(\.charge.tenant)), .texts(entries.map(\.charge.customer)),
                    .int64s(amounts), .texts(entries.map(\.charge.amount.currency.code)),
                    .optionalTexts(
                        entries.map { $0.kind == "reversal" ? $0.charge.key.text : nil }),
                ]
            ),
            (
                addEntries,
                [
                    .texts(entries.map(\.key)), .texts(entries.map(\.charge.tenant)),
                    .texts(entries.map(\.charge.customer)),
                    .int64s(entries.map { $0.sign * $0.amount }),
                    .texts(entries.map(\.charge.amount.currency.code)),
                ]
            ),
            (
                changeBalances,
                [
                    .texts(accounts.map(\.tenant)), .texts(accounts.map(\.customer)),
                    .texts(accounts.map(\.currency)),
                    .int64s(accounts.map { changes[$0, default: 0] }),
                ]
            ),
        ])
    }
}
