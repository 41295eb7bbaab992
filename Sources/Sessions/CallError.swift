// SPDX-License-Identifier: MIT

package import Wire

/// Why a call has no answer, and whether it may have done its work all the same.
package struct CallError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The server's word, or `notConnected`, `connectionLost`, `deadlineExceeded`, `cancelled` of
    /// our own. A code of a later protocol version reads as `failed`.
    package let code: WireErrorCode
    /// `notApplied`: it never happened, and may be tried again. `maybeApplied`: it may have.
    package let effect: Effect
    /// When the server asks to try again.
    package let retryAfter: Duration?
    package let message: String
    /// With `queueFull`, what the queue holds and how fast it empties.
    package let pressure: QueuePressure

    package init(
        _ code: WireErrorCode, effect: Effect? = nil, retryAfter: Duration? = nil,
        message: String, pressure: QueuePressure = .none
    ) {
        self.code = code
        self.effect = effect ?? code.effect
        self.retryAfter = retryAfter
        self.message = message
        self.pressure = pressure
    }

    package init(_ reply: ErrorReply) {
        let code = WireErrorCode(rawValue: reply.code)
        self.init(
            code ?? .failed, effect: reply.effect,
            retryAfter: reply.retryAfterMilliseconds == 0
                ? nil : .milliseconds(Int64(reply.retryAfterMilliseconds)),
            message: code == nil ? "error \(reply.code): \(reply.message)" : reply.message,
            pressure: reply.pressure)
    }

    package var description: String {
        "\(code) (\(effect == .notApplied ? "not applied" : "maybe applied")): \(message)"
    }
}
