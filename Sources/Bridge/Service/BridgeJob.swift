// SPDX-License-Identifier: MIT
import SecureTransport
import Sessions
import Wire

/// Work that waits for AWS, and therefore leaves the event loop.
enum BridgeJob: Sendable {
    /// Answer a request.
    case answer(BridgeRequest, peer: PeerIdentity)
    /// Answer CONSUME, then deliver until the subscription stops.
    case consume(BridgeRequest, Subscription)
    /// Give back what a stopped subscription holds, then answer.
    case release(BridgeRequest, Subscription)
    /// Answer WATCH_DEPTH, then push the depth until the watch stops.
    case watch(BridgeRequest, queueText: String, DepthWatch)
}

extension BridgeJob {
    /// How long a job may last.
    enum Kind {
        /// As long as it takes to answer.
        case answer
        /// As long as somebody wants what it sends.
        case stream
    }

    var kind: Kind {
        switch self {
        case .answer, .release: .answer
        case .consume, .watch: .stream
        }
    }
}
