// SPDX-License-Identifier: MIT

/// An amount in hundredths of its currency: exact, never a floating-point number.
package struct Money: Hashable, Sendable, CustomStringConvertible {
    package var minorUnits: Int64
    package var currency: Currency

    /// The largest amount in one order or price: ten million million. Small enough that
    /// a ledger of nine thousand such orders still sums up within an `Int64`.
    package static let minorUnitsMax: Int64 = 1_000_000_000_000_000

    package init(minorUnits: Int64, currency: Currency = .usd) {
        self.minorUnits = minorUnits
        self.currency = currency
    }

    /// Reads decimal text exactly: `10`, `10.0`, `10.00`, `-0.5`.
    ///
    /// Digits, optionally a point with one or two digits behind it, optionally a minus in front.
    /// No exponent, no plus, no third fraction digit, even if it is zero: what cannot be an amount
    /// of money is refused and never rounded.
    ///
    /// - Throws: `priceMalformed`, or `priceTooLarge` beyond `minorUnitsMax`.
    package init(decimal text: some StringProtocol, currency: Currency = .usd) throws(OrderError) {
        var digits = text.utf8[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative { digits.removeFirst() }
        var minorUnits: Int64 = 0
        var wholeDigitCount = 0
        var fractionDigitCount: Int?
        for byte in digits {
            if byte == UInt8(ascii: "."), fractionDigitCount == nil {
                fractionDigitCount = 0
                continue
            }
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else {
                throw .priceMalformed
            }
            if let count = fractionDigitCount {
                guard count < 2 else { throw .priceMalformed }
                fractionDigitCount = count + 1
            } else {
                wholeDigitCount += 1
            }
            // Past the maximum only the form still matters; the amount stays where it is.
            if minorUnits <= Self.minorUnitsMax {
                minorUnits = minorUnits * 10 + Int64(byte - UInt8(ascii: "0"))
            }
        }
        guard wholeDigitCount > 0, fractionDigitCount != 0 else { throw .priceMalformed }
        for _ in (fractionDigitCount ?? 0)..<2 where minorUnits <= Self.minorUnitsMax {
            minorUnits *= 10
        }
        guard minorUnits <= Self.minorUnitsMax else { throw .priceTooLarge }
        self.init(minorUnits: isNegative ? -minorUnits : minorUnits, currency: currency)
    }

    /// The amount with two fraction digits, without its currency: `-0.50`.
    package var decimal: String {
        let (units, hundredths) = minorUnits.magnitude.quotientAndRemainder(dividingBy: 100)
        let sign = minorUnits < 0 ? "-" : ""
        return "\(sign)\(units).\(hundredths < 10 ? "0" : "")\(hundredths)"
    }

    package var description: String { "\(decimal) \(currency)" }
}
