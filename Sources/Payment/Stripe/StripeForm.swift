// SPDX-License-Identifier: MIT

/// `application/x-www-form-urlencoded`: the body of a request to Stripe, or its query.
struct StripeForm: Equatable {
    private(set) var text = ""

    init(_ fields: [(name: String, value: String)] = []) {
        for field in fields { add(field.name, field.value) }
    }

    mutating func add(_ name: String, _ value: String) {
        if !text.isEmpty { text += "&" }
        text += Self.encoded(name) + "=" + Self.encoded(value)
    }

    /// Everything but the unreserved characters of RFC 3986 as `%XX`.
    static func encoded(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            let character = Character(Unicode.Scalar(byte))
            let isLetter = (0x41...0x5A).contains(byte & 0xDF)
            if isLetter || (0x30...0x39).contains(byte) || "-._~".contains(character) {
                encoded.append(character)
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return encoded
    }
}
