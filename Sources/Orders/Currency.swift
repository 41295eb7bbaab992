// SPDX-License-Identifier: MIT

/// Three letters as in ISO 4217. Every currency is counted in hundredths here.
package struct Currency: Hashable, Sendable, CustomStringConvertible {
    package let code: String

    package static let usd = Currency(unchecked: "USD")

    /// For codes known to be good, such as those read back from our own database.
    package init(unchecked code: String) {
        self.code = code
    }

    /// - Throws: `OrderError.currencyInvalid` unless `code` is three letters A to Z.
    package init(_ code: String) throws(OrderError) {
        let letters = UInt8(ascii: "A")...UInt8(ascii: "Z")
        guard code.utf8.count == 3, code.utf8.allSatisfy(letters.contains)
        else { throw .currencyInvalid }
        self.init(unchecked: code)
    }

    package var description: String { code }
}
