// SPDX-License-Identifier: MIT
import SecureTransport
import Sessions
import Wire

/// Turns frames into jobs, on its event loop, and keeps each session's subscriptions.
final class BridgeFrameService: FrameService {
    private struct Peer {
        var subscriptions: [UInt32: Subscription] = [:]
        var watches: [DepthWatch] = []
    }

    private let jobs: AsyncStream<BridgeJob>.Continuation
    private var peers: [UInt64: Peer] = [:]

    private static let watchCountMax = 64

    init(jobs: AsyncStream<BridgeJob>.Continuation) {
        self.jobs = jobs
    }

    func opened(_ session: ServerSession) {
        peers[session.id] = Peer()
    }

    func received(_ frame: InboundFrame, on session: ServerSession) {
        do throws(BridgeRefusal) {
            switch frame.kind {
            case .consume: try consume(frame, session)
            case .credit: try credit(frame, session)
            case .stopConsuming: try stopConsuming(frame, session)
            case .watchDepth: try watchDepth(frame, session)
            // No take holds a slot here.
            case .release: break
            default:
                jobs.yield(.answer(BridgeRequest(frame, on: session), peer: session.peer))
            }
        } catch {
            if frame.correlation != 0 {
                session.fail(error.reply, to: frame.correlation, trace: frame.trace)
            }
        }
    }

    /// What was delivered may still be settled: it is given back when the session closes.
    func draining(_ session: ServerSession) {
        guard let peer = peers[session.id] else { return }
        for watch in peer.watches { watch.stop() }
        for subscription in peer.subscriptions.values { subscription.pause() }
    }

    func closed(_ session: ServerSession) {
        stop(session)
        peers[session.id] = nil
    }

    // MARK: - Subscriptions

    private func consume(
        _ frame: InboundFrame, _ session: ServerSession
    ) throws(BridgeRefusal) {
        let request: Consume = try decode(frame)
        guard BridgeAccess.permits(session.peer, .queue(request.queue, .consume)) else {
            throw BridgeRefusal(.notPermitted, "\(session.peer) may not consume this")
        }
        let present = peers[session.id]?.subscriptions ?? [:]
        if let taken = present[request.subscription], !taken.isStopped {
            throw BridgeRefusal(.subscriptionTaken, "\(request.subscription) is in use")
        }
        guard present.count < WireLimits.subscriptionCountMax,
            request.credit <= UInt32(WireLimits.creditMax)
        else { throw BridgeRefusal(.badMessage, "too many subscriptions, or too much credit") }
        let subscription = Subscription(
            id: SubscriptionID(session: session.id, number: request.subscription),
            queueText: request.queue, credit: request.credit, session: session.handle)
        peers[session.id]?.subscriptions[request.subscription] = subscription
        jobs.yield(.consume(BridgeRequest(frame, on: session), subscription))
    }

    private func credit(_ frame: InboundFrame, _ session: ServerSession) throws(BridgeRefusal) {
        let request: Credit = try decode(frame)
        peers[session.id]?.subscriptions[request.subscription]?.add(
            request.credit, max: WireLimits.creditMax)
    }

    private func stopConsuming(
        _ frame: InboundFrame, _ session: ServerSession
    ) throws(BridgeRefusal) {
        let request: StopConsuming = try decode(frame)
        guard
            let subscription = peers[session.id]?.subscriptions.removeValue(
                forKey: request.subscription)
        else {
            throw BridgeRefusal(.unknownSubscription, "no subscription \(request.subscription)")
        }
        subscription.stop()
        jobs.yield(.release(BridgeRequest(frame, on: session), subscription))
    }

    private func watchDepth(
        _ frame: InboundFrame, _ session: ServerSession
    ) throws(BridgeRefusal) {
        let request: WatchDepth = try decode(frame)
        guard BridgeAccess.permits(session.peer, .queue(request.queue, .inspect)) else {
            throw BridgeRefusal(.notPermitted, "\(session.peer) may not see this")
        }
        guard (peers[session.id]?.watches.count ?? 0) < Self.watchCountMax else {
            throw BridgeRefusal(.badMessage, "at most \(Self.watchCountMax) watches")
        }
        let watch = DepthWatch(session: session.handle)
        peers[session.id]?.watches.append(watch)
        jobs.yield(.watch(BridgeRequest(frame, on: session), queueText: request.queue, watch))
    }

    private func stop(_ session: ServerSession) {
        guard let peer = peers[session.id] else { return }
        for watch in peer.watches { watch.stop() }
        // Each pump gives back what it holds when it ends.
        for subscription in peer.subscriptions.values { subscription.stop() }
    }

    private func decode<Request: WireMessage>(
        _ frame: InboundFrame
    ) throws(BridgeRefusal) -> Request {
        do throws(WireError) {
            return try frame.decode(Request.self)
        } catch {
            throw BridgeRefusal(.badMessage, "\(error)")
        }
    }
}
