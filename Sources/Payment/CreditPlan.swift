// SPDX-License-Identifier: MIT
import Orders

/// Who of a batch is charged, when several charges are for the same account. Pure.
struct CreditPlan: Equatable {
    /// A customer's account in one currency.
    struct Account: Hashable, Comparable {
        let tenant: String
        let customer: String
        let currency: String

        static func < (left: Account, right: Account) -> Bool {
            (left.tenant, left.customer, left.currency)
                < (right.tenant, right.customer, right.currency)
        }
    }

    /// What the account may owe, and what it owes.
    struct Credit: Equatable {
        let limit: Int64
        var balance: Int64
    }

    private(set) var charged: [Charge] = []
    private(set) var declined: [Charge] = []

    /// First come, first served, each charge on top of those before it; one that does not fit takes
    /// nothing away from a smaller one behind it.
    ///
    /// - Parameter credits: an account that is not named has no credit.
    init(_ charges: [Charge], credits: [Account: Credit]) {
        var credits = credits
        for charge in charges {
            let account = Account(charge)
            let amount = charge.amount.minorUnits
            guard var credit = credits[account], amount <= credit.limit - credit.balance else {
                declined.append(charge)
                continue
            }
            credit.balance += amount
            credits[account] = credit
            charged.append(charge)
        }
    }
}

extension CreditPlan.Account {
    init(_ charge: Charge) {
        self.init(
            tenant: charge.tenant, customer: charge.customer,
            currency: charge.amount.currency.code)
    }
}
