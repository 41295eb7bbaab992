// SPDX-License-Identifier: MIT
import Orders
import Testing

@Suite struct MoneyTests {
    @Test(arguments: [
        ("10", 1000), ("10.0", 1000), ("10.00", 1000), ("0.1", 10), ("19.99", 1999), ("0", 0),
        ("-0.5", -50), ("0.01", 1), ("10000000000000.00", 1_000_000_000_000_000),
    ])
    func `decimal text is read exactly`(text: String, minorUnits: Int64) throws {
        #expect(try Money(decimal: text).minorUnits == minorUnits)
    }

    @Test(arguments: [
        "", "-", ".", "1.", ".5", "1.000", "0.001", "1e1", "1E400", "+1", "1,5", " 1", "1 ",
        "1.2.3", "0x10", "NaN", "--1", "١",
    ])
    func `text that is no amount of money is refused and never rounded`(text: String) {
        #expect(throws: OrderError.priceMalformed) { try Money(decimal: text) }
    }

    @Test(arguments: ["10000000000000.01", "99999999999999999999", "9223372036854775808.00"])
    func `an amount above the maximum is refused before it overflows`(text: String) {
        #expect(throws: OrderError.priceTooLarge) { try Money(decimal: text) }
    }

    @Test func `an amount is written with two fraction digits`() {
        #expect(Money(minorUnits: -5).description == "-0.05 USD")
        #expect(Money(minorUnits: 123_450).decimal == "1234.50")
        #expect(Money(minorUnits: .min).decimal == "-92233720368547758.08")
    }
}
