// SPDX-License-Identifier: MIT
import SecureTransport
import Sessions
import Wire

/// Work that waits for AWS, and therefore leaves the event loop.
enum BridgeJob: Sendable {
    /// Answer a request.
    case answer(InboundFrame, peer: PeerIdentity, session: SessionHandle)
    /// Answer CONSUME, then deliver until the subscription stops.
    case consume(InboundFrame, Subscription)
    /// Give back what a stopped subscription holds, then answer, if somebody waits.
    case release(Subscription, answer: InboundFrame?)
    /// Answer WATCH_DEPTH, then push the depth until the watch stops.
    case watch(InboundFrame, queueText: String, DepthWatch)
}
