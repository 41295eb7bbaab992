// SPDX-License-Identifier: MIT
import Orders
import Testing

@testable import Payment

@Suite struct StripeAmountTests {
    @Test(
        arguments: [
            ("USD", 1050, 1050), ("EUR", 1, 1), ("JPY", 1_000, 10), ("KRW", 500_000, 5_000),
            ("ISK", 500, 500), ("UGX", 1_000, 1_000), ("KWD", 1_005, 10_050),
        ] as [(String, Int64, Int64)])
    func `hundredths become the currency's smallest unit`(
        _ code: String, _ hundredths: Int64, _ value: Int64
    ) throws {
        let amount = try StripeAmount(
            Money(minorUnits: hundredths, currency: Currency(unchecked: code)))
        #expect(amount == StripeAmount(value: value, currency: code.lowercased()))
    }

    @Test(arguments: ["JPY", "KRW", "ISK", "UGX"])
    func `a fraction that the currency has not is refused and never rounded`(_ code: String) {
        for hundredths in [1, 99, 101, 1_050] as [Int64] {
            #expect(throws: StripeAmount.Refusal.fraction(of: code)) {
                try StripeAmount(
                    Money(minorUnits: hundredths, currency: Currency(unchecked: code)))
            }
        }
    }

    @Test func `nothing, less than nothing and too much are refused`() {
        let kwd = Currency(unchecked: "KWD")
        for money in [
            Money(minorUnits: 0), Money(minorUnits: -1), Money(minorUnits: .max, currency: kwd),
        ] {
            #expect(throws: StripeAmount.Refusal.outOfBounds) { try StripeAmount(money) }
        }
    }

    @Test func `a form says every character as it is`() {
        let form = StripeForm([("a[b]", "1 + 2 & 3=ü%"), ("c", "x-._~Z09")])
        #expect(form.text == "a%5Bb%5D=1%20%2B%202%20%26%203%3D%C3%BC%25&c=x-._~Z09")
    }
}
