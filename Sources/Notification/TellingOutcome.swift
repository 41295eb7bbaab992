// SPDX-License-Identifier: MIT

/// How it went to tell one recipient once.
enum TellingOutcome: Sendable, Equatable {
    /// The receiver took it.
    case delivered(status: Int)
    /// The receiver answered otherwise; it may have said when to come again.
    case refused(status: Int, retryAfter: Duration?)
    /// No answer came.
    case unreachable(String)
    /// The receiver wants to hear nothing more, ever (410).
    case gone
    /// Cannot succeed as configured: a secret that is no base64, an address that is not allowed, a
    /// mailbox that does not exist.
    case impossible(String)
    /// Begun, and not ended when the batch went on without it; its end is recorded later.
    case underWay
    /// Not begun: the recipient failed so often that it is left alone for this long.
    case paused(Duration)
    /// Not begun: others wait for the same recipient, or too many calls are under way.
    case busy

    /// The receiver's status; 0 when it was not reached.
    var status: Int {
        switch self {
        case .delivered(let status), .refused(let status, _): status
        case .gone: 410
        case .unreachable, .impossible, .underWay, .paused, .busy: 0
        }
    }

    /// For people.
    var text: String {
        switch self {
        case .delivered(let status), .refused(let status, _): "receiver answered \(status)"
        case .gone: "receiver answered 410, and is told nothing more"
        case .unreachable(let reason), .impossible(let reason): reason
        case .underWay: "no answer yet"
        case .paused: "left alone after failures in a row"
        case .busy: "waits behind others"
        }
    }

    var isDelivered: Bool {
        if case .delivered = self { true } else { false }
    }

    /// For metrics.
    var name: String {
        switch self {
        case .delivered: "delivered"
        case .refused: "refused"
        case .unreachable: "unreachable"
        case .gone: "gone"
        case .impossible: "impossible"
        case .underWay: "under_way"
        case .paused: "paused"
        case .busy: "busy"
        }
    }
}
