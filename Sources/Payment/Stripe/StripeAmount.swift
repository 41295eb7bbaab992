// SPDX-License-Identifier: MIT
import Orders

/// An amount as Stripe counts it: in the currency's own smallest unit.
///
/// The house counts hundredths of every currency; Stripe counts whole yen, and thousandths of a dinar.
struct StripeAmount: Equatable {
    let value: Int64
    /// Lower case, as Stripe writes it.
    let currency: String

    /// Why an amount cannot be charged.
    enum Refusal: Error, Equatable {
        /// The currency has no such fraction: 10.50 JPY.
        case fraction(of: String)
        case outOfBounds
    }

    /// Charged in whole units.
    private static let withoutFraction: Set<String> = [
        "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF",
        "XOF", "XPF",
    ]
    /// Counted in hundredths by Stripe too, for the sake of old programs, but only whole units exist.
    private static let inWholeHundreds: Set<String> = ["ISK", "UGX"]
    private static let inThousandths: Set<String> = ["BHD", "JOD", "KWD", "OMR", "TND"]

    init(_ money: Money) throws(Refusal) {
        let code = money.currency.code
        let hundredths = money.minorUnits
        guard hundredths > 0 else { throw .outOfBounds }
        let isWhole = hundredths % 100 == 0
        switch code {
        case _ where Self.withoutFraction.contains(code):
            guard isWhole else { throw .fraction(of: code) }
            value = hundredths / 100
        case _ where Self.inWholeHundreds.contains(code):
            guard isWhole else { throw .fraction(of: code) }
            value = hundredths
        case _ where Self.inThousandths.contains(code):
            let (product, overflow) = hundredths.multipliedReportingOverflow(by: 10)
            guard !overflow else { throw .outOfBounds }
            value = product
        default:
            value = hundredths
        }
        currency = code.lowercased()
    }

    /// As it was asked for before.
    init(value: Int64, currency: String) {
        self.value = value
        self.currency = currency
    }
}

extension StripeAmount.Refusal: CustomStringConvertible {
    /// What the customer is told.
    var description: String {
        switch self {
        case .fraction(let code): "\(code) has no fractions to charge"
        case .outOfBounds: "the amount cannot be charged"
        }
    }
}
