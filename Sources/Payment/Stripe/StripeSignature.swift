// SPDX-License-Identifier: MIT
import Orders
import SecureTransport

/// The header `Stripe-Signature`: `t=1700000000,v1=5257a8...`; several `v1` while a secret is rolled.
struct StripeSignature: Equatable {
    /// Unix seconds.
    let timestamp: Int64
    let digests: [[UInt8]]

    /// A header has a handful of them; more would only make us compute.
    static let partCountMax = 16

    /// Nil when the header is no such thing.
    init?(header: String) {
        let parts = header.split(separator: ",", maxSplits: Self.partCountMax)
        guard parts.count <= Self.partCountMax else { return nil }
        var timestamp: Int64?
        var digests: [[UInt8]] = []
        for part in parts {
            let fields = part.split(separator: "=", maxSplits: 1)
            guard fields.count == 2 else { return nil }
            switch fields[0] {
            case "t":
                guard timestamp == nil, let seconds = Int64(fields[1]), seconds >= 0 else {
                    return nil
                }
                timestamp = seconds
            case "v1":
                guard let digest = Self.bytes(hex: fields[1]) else { return nil }
                digests.append(digest)
            // Other schemes: v0 is a test of Stripe's.
            default: continue
            }
        }
        guard let timestamp, !digests.isEmpty else { return nil }
        self.timestamp = timestamp
        self.digests = digests
    }

    /// Whether one of the digests is of this body under this secret.
    func isOf(_ body: [UInt8], secret: StripeSecret) -> Bool {
        let expected = Self.digest(of: body, at: timestamp, secret: secret)
        var isGenuine = false
        for digest in digests where Digest.isEqual(digest, expected) { isGenuine = true }
        return isGenuine
    }

    /// Whether it was made at most `tolerance` from `now`, before or after.
    func isFresh(at now: MeshInstant, tolerance: Duration) -> Bool {
        // Stops at the ends of time and does not overflow.
        let made = MeshInstant(milliseconds: UInt64(timestamp) &* 1_000)
        guard timestamp < 1 << 40 else { return false }
        let age = now - made
        return age <= tolerance && age >= .zero - tolerance
    }

    static func digest(of body: [UInt8], at timestamp: Int64, secret: StripeSecret) -> [UInt8] {
        Digest.hmacSHA256(key: Array(secret.text.utf8), message: Array("\(timestamp).".utf8) + body)
    }

    private static func bytes(hex: Substring) -> [UInt8]? {
        let digits = Array(hex.utf8)
        guard digits.count == 2 * Digest.byteCount else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard
                let byte = UInt8(
                    String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(byte)
        }
        return bytes
    }
}
