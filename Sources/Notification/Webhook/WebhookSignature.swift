// SPDX-License-Identifier: MIT

import FoundationEssentials
import SecureTransport

/// The signature of Standard Webhooks: HMAC-SHA-256 over `id.timestamp.body`.
///
/// The receiver computes the same from the three headers, compares in constant time, and refuses a
/// timestamp that is minutes away, so that a recorded call cannot be played again.
struct WebhookSignature: Equatable {
    /// `v1,` and the digest in base64: the value of the header `webhook-signature`.
    let header: String

    /// Nil when `secret` is not base64.
    init?(secret: String, id: String, timestamp: Int64, body: [UInt8]) {
        let encoded = secret.hasPrefix("whsec_") ? String(secret.dropFirst(6)) : secret
        guard let key = Data(base64Encoded: encoded), !key.isEmpty else { return nil }
        let signed = Array("\(id).\(timestamp).".utf8) + body
        let digest = Digest.hmacSHA256(key: Array(key), message: signed)
        header = "v1," + Data(digest).base64EncodedString()
    }
}
