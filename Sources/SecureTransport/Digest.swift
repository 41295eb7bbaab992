// SPDX-License-Identifier: MIT

import COpenSSL

/// SHA-256, plain and keyed.
package enum Digest {
    /// Bytes in each of the two digests.
    package static let byteCount = 32

    /// The SHA-256 of the bytes.
    package static func sha256(_ bytes: some Collection<UInt8>) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: byteCount)
        withContiguousBytes(bytes) { source in
            let status = EVP_Digest(
                source.baseAddress, source.count, &digest, nil, EVP_sha256(), nil)
            precondition(status == 1, "SHA-256 is part of every OpenSSL")
        }
        return digest
    }

    /// The HMAC-SHA-256 of the message under the key.
    package static func hmacSHA256(
        key: some Collection<UInt8>, message: some Collection<UInt8>
    ) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: byteCount)
        withContiguousBytes(key) { key in
            withContiguousBytes(message) { message in
                // A null key means "the last one" to OpenSSL: an empty key needs an address.
                var none: UInt8 = 0
                let result = withUnsafePointer(to: &none) { empty in
                    HMAC(
                        EVP_sha256(), key.baseAddress ?? UnsafeRawPointer(empty), Int32(key.count),
                        message.baseAddress?.assumingMemoryBound(to: UInt8.self), message.count,
                        &digest, nil)
                }
                precondition(result != nil, "HMAC-SHA-256 is part of every OpenSSL")
            }
        }
        return digest
    }

    /// A digest, or the beginning of one, in small hexadecimal digits.
    package static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0xF)]] }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether two digests are the same; how long it takes tells nothing about where they differ.
    package static func isEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        one.count == other.count && CRYPTO_memcmp(one, other, one.count) == 0
    }

    private static func withContiguousBytes(
        _ bytes: some Collection<UInt8>, _ body: (UnsafeRawBufferPointer) -> Void
    ) {
        if bytes.withContiguousStorageIfAvailable({ body(UnsafeRawBufferPointer($0)) }) == nil {
            Array(bytes).withUnsafeBytes(body)
        }
    }
}
