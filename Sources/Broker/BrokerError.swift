// SPDX-License-Identifier: MIT
import Orders
import QueueState
import Sessions
import Wire

/// Why a request is refused, as the peer is told.
struct BrokerError: Error, Equatable {
    let reply: ErrorReply

    init(
        _ code: WireErrorCode, retryAfter: Duration? = nil, _ message: String,
        pressure: Wire.QueuePressure = .none
    ) {
        reply = ErrorReply(code, retryAfter: retryAfter, message: message, pressure: pressure)
    }

    /// Of whatever reading or carrying out a request threw.
    init(_ error: any Error) {
        switch error {
        case let error as BrokerError: self = error
        case let refusal as QueueRefusal: self.init(refusal: refusal)
        case WireError.tooLong("body", let count, let max):
            self.init(.messageTooLarge, "a body of \(count) bytes, at most \(max)")
        case let error as WireError: self.init(.badMessage, "\(error)")
        default: self.init(.failed, "\(error)")
        }
    }

    private init(refusal: QueueRefusal) {
        switch refusal {
        case .unknownQueue:
            self.init(.unknownQueue, "no such queue")
        case .queueFull(let pressure):
            self.init(
                .queueFull, retryAfter: pressure.retryAfter,
                "holds \(pressure.depth) of \(pressure.limit) \(pressure.unit.rawValue), "
                    + "draining \(pressure.drainPerSecond) messages a second",
                pressure: Wire.QueuePressure(
                    depth: pressure.depth, depthMax: pressure.limit,
                    inBytes: pressure.unit == .bytes, drainPerSecond: pressure.drainPerSecond))
        case .staleLease:
            self.init(.staleLease, "the lease has ended, or was never yours")
        case .diskFull:
            self.init(
                .diskFull, retryAfter: .seconds(5),
                "the disk has no room for another segment of the log")
        case .tooLarge(let byteCount, let max):
            self.init(.messageTooLarge, "\(byteCount) bytes, at most \(max)")
        case .invalid(let reason):
            self.init(.badMessage, reason)
        }
    }

    static let notPermitted = BrokerError(
        .notPermitted, "the policy does not name you for this")

    /// The same within SETTLED.
    var result: SettleResult { SettleResult(reply) }
}
