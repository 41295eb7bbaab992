// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Sessions
import Wire

/// Admission on one event loop of the mesh: decodes, and hands over to the desk.
final class IngestFrameService: FrameService {
    private let requests: MeshRequests
    private let watches: WatchBook

    init(requests: MeshRequests, hub: WatchHub) {
        self.requests = requests
        watches = WatchBook(hub: hub)
    }

    func opened(_ session: ServerSession) { watches.open(session.id) }

    func closed(_ session: ServerSession) { watches.close(session.id) }

    func draining(_ session: ServerSession) { watches.close(session.id) }

    func received(_ frame: InboundFrame, on session: ServerSession) {
        let request: MeshRequests.Job.Request
        do throws(WireError) {
            switch frame.kind {
            case .placeOrder: request = .place(try frame.decode())
            case .getOrder: request = .get(try frame.decode())
            case .watchOrder: request = .watch(try frame.decode(), watches)
            default: return session.refuse(frame, .unsupported, "ingestd does not serve this")
            }
        } catch {
            return session.refuse(frame, .badMessage, "\(error)")
        }
        let job = MeshRequests.Job(
            request: request, peer: session.peer, session: session.handle,
            correlation: frame.correlation, trace: Self.trace(of: frame),
            deadline: frame.deadline(receivedAt: session.eventLoop.now))
        guard requests.submit(job) else {
            return session.refuse(frame, .overloaded, "too many requests wait")
        }
    }

    /// The client's, or one of our own: every order has one.
    private static func trace(of frame: InboundFrame) -> TraceID {
        guard frame.trace == .zero else { return TraceID(frame.trace) }
        var generator = SystemRandomNumberGenerator()
        return TraceID(UniqueID(high: generator.next(), low: generator.next()))
    }
}
