// SPDX-License-Identifier: MIT

package import Wire

extension ErrorReply {
    /// A refusal from the registry.
    /// - Parameters:
    ///   - effect: when it differs from the code's own.
    ///   - retryAfter: rounded up to milliseconds; nil: not said.
    package init(
        _ code: WireErrorCode, effect: Effect? = nil, retryAfter: Duration? = nil, message: String
    ) {
        self.init(
            code: code.rawValue, effect: effect ?? code.effect,
            retryAfterMilliseconds: retryAfter.map(Self.milliseconds) ?? 0, message: message)
    }

    private static func milliseconds(_ duration: Duration) -> UInt32 {
        let (seconds, attoseconds) = duration.components
        let milliseconds = Double(seconds) * 1e3 + Double(attoseconds) / 1e15
        return UInt32(min(max(milliseconds.rounded(.up), 0), Double(UInt32.max)))
    }
}
