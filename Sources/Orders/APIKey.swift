// SPDX-License-Identifier: MIT

/// A key by which a tenant's programs speak over HTTP: `omk_`, 16 hexadecimal digits that name it,
/// `_`, 64 that are its secret. Only the secret's hash is kept.
package struct APIKey: Equatable, Sendable {
    package static let secretByteCount = 32
    private static let prefix = "omk_"
    private static let idDigitCount = 16

    /// May be shown.
    package let id: String
    package let secret: [UInt8]

    /// - Precondition: `secret` has `secretByteCount` bytes.
    package init(id: UInt64, secret: [UInt8]) {
        precondition(secret.count == Self.secretByteCount, "a secret has 32 bytes")
        let digits = String(id, radix: 16)
        self.id = String(repeating: "0", count: Self.idDigitCount - digits.count) + digits
        self.secret = secret
    }

    /// Reads a key's text; nil when it is none.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count == Self.prefix.utf8.count + 81, text.hasPrefix(Self.prefix) else {
            return nil
        }
        let parts = text.dropFirst(Self.prefix.count)
            .split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == Self.idDigitCount,
            let id = UInt64(parts[0], radix: 16), !parts[0].hasPrefix("+")
        else { return nil }
        var secret: [UInt8] = []
        var digits = parts[1][...]
        while digits.count >= 2 {
            guard let byte = UInt8(digits.prefix(2), radix: 16), !digits.hasPrefix("+") else {
                return nil
            }
            secret.append(byte)
            digits = digits.dropFirst(2)
        }
        guard secret.count == Self.secretByteCount else { return nil }
        self.init(id: id, secret: secret)
    }

    /// What its owner keeps.
    package var text: String {
        Self.prefix + id + "_"
            + secret.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
