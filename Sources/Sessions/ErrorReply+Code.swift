// SPDX-License-Identifier: MIT

package import Wire

extension ErrorReply {
    /// A refusal from the registry.
    /// - Parameters:
    ///   - effect: when it differs from the code's own.
    ///   - pressure: with `queueFull`.
    ///   - retryAfter: rounded up to milliseconds; nil: not said.
    package init(
        _ code: WireErrorCode, effect: Effect? = nil, retryAfter: Duration? = nil,
        message: String, pressure: QueuePressure = .none
    ) {
        self.init(
            code: code.rawValue, effect: effect ?? code.effect,
            retryAfterMilliseconds: retryAfter.map(Self.milliseconds) ?? 0, message: message,
            pressure: pressure)
    }

    /// The refusal of a request whose time had passed before it was begun [H-12].
    package static let late = ErrorReply(
        .deadlineExceeded, effect: .notApplied, message: "its time had passed before it was begun")

    private static func milliseconds(_ duration: Duration) -> UInt32 {
        let (seconds, attoseconds) = duration.components
        let milliseconds = Double(seconds) * 1e3 + Double(attoseconds) / 1e15
        return UInt32(min(max(milliseconds.rounded(.up), 0), Double(UInt32.max)))
    }
}

extension QueuePressure {
    /// In every error that is not about a full queue.
    package static let none = QueuePressure(
        depth: 0, depthMax: 0, inBytes: false, drainPerSecond: 0)
}

extension SettleResult {
    /// What was asked is done.
    package static let done = SettleResult(
        code: 0, effect: .notApplied, retryAfterMilliseconds: 0, message: "", pressure: .none)

    /// The same refusal within SETTLED.
    package init(_ refusal: ErrorReply) {
        self.init(
            code: refusal.code, effect: refusal.effect,
            retryAfterMilliseconds: refusal.retryAfterMilliseconds, message: refusal.message,
            pressure: refusal.pressure)
    }
}
