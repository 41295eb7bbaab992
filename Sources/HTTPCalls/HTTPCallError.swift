// SPDX-License-Identifier: MIT

/// No answer came, or none that can be used.
package struct HTTPCallError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        /// The request cannot be sent as it is: a bad URL, a line break in a header.
        case invalidRequest = "invalid_request"
        /// More calls wait than `HTTPCallerConfiguration.waitingCountMax`.
        case overloaded
        case nameNotResolved = "name_not_resolved"
        /// The name leads to an address that the configuration does not allow.
        case addressRefused = "address_refused"
        case connectFailed = "connect_failed"
        /// The peer's certificate is not valid for its name, or TLS failed otherwise.
        case tlsFailed = "tls_failed"
        case timedOut = "timed_out"
        /// The connection ended before a whole answer was there.
        case connectionLost = "connection_lost"
        case responseTooLarge = "response_too_large"
        /// The peer speaks, but refuses: an SMTP server's answer, or a login that fails.
        case refused
        /// The calling task was cancelled, or the caller was let go.
        case cancelled
    }

    package enum Effect: Sendable {
        /// Nothing of the request left this machine: it may be sent again without a second thought.
        case notApplied
        /// The peer may have read it, and may have acted on it.
        case maybeApplied
    }

    package let code: Code
    package let effect: Effect
    package let message: String
    /// The last status or reply code that the peer sent before; 0 for none.
    package let reply: Int

    package init(_ code: Code, _ effect: Effect, _ message: String, reply: Int = 0) {
        self.code = code
        self.effect = effect
        self.message = message
        self.reply = reply
    }

    package var description: String { "\(code.rawValue): \(message)" }
}
