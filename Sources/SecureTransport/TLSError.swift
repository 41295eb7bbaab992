// SPDX-License-Identifier: MIT

/// Why a secured connection could not be made, or was given up.
///
/// Every failure inside OpenSSL arrives as one of these; its own words are in `reason`.
package struct TLSError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of failure it was; decides nothing but metrics and the words of a log line.
    package enum Code: String, CaseIterable, Sendable {
        /// A certificate, key or set of trust roots cannot be read, or do not belong together.
        case configuration
        /// The first bytes from the peer are not TLS.
        case notTLS = "not_tls"
        /// The peer does not speak TLS 1.3.
        case unsupportedVersion = "unsupported_version"
        /// The peer offers none of our application protocols.
        case protocolMismatch = "protocol_mismatch"
        /// The peer showed no certificate where one is required.
        case certificateMissing = "certificate_missing"
        /// The peer's certificate does not lead to one of our trust roots, or is expired.
        case untrustedPeer = "untrusted_peer"
        /// The certificate holds no identity of this mesh, or not the one that was expected.
        case identityRefused = "identity_refused"
        /// The peer ended the connection with a TLS alert: it refused us.
        case refusedByPeer = "refused_by_peer"
        /// The handshake took longer than it may.
        case handshakeTimedOut = "handshake_timed_out"
        /// The connection ended without the peer's close_notify.
        case truncated
        /// The peer broke the rules of TLS: a bad record, an unexpected message.
        case protocolViolation = "protocol_violation"
        /// Writing after the connection was closed.
        case closed
    }

    package let code: Code
    /// OpenSSL's words, or ours; for people.
    package let reason: String

    package init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    package var description: String { "\(code.rawValue): \(reason)" }
}
