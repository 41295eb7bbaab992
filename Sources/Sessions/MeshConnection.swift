// SPDX-License-Identifier: MIT

package import NIOCore
package import Orders
package import SecureTransport
import Synchronization
package import Wire

/// A client's lasting way to one daemon: connects, comes back when lost, carries many requests at
/// once. Calls from any thread gather and leave together, once for each turn of the event loop.
///
/// Nothing happens until `run` is called; calls made before, or while the connection is away, wait
/// a little for it (`ReconnectPolicy.waitDuration`).
package final class MeshConnection: Sendable {
    package let endpoint: MeshEndpoint
    package let eventLoop: any EventLoop
    let tls: TLSContext
    let expectedPeer: PeerIdentity?
    let name: String
    let policy: ReconnectPolicy
    let limits: SessionLimits
    private let state: NIOLoopBoundBox<ConnectionState>
    private let submissions = Mutex<[Submission]>([])

    typealias Submission = @Sendable (ConnectionState) -> Void

    /// - Parameters:
    ///   - peer: the only server to talk to, such as `.service("brokerd")`; nil: any of the mesh.
    ///   - name: what HELLO says; for the server's logs.
    ///   - group: of swift-nio's own event loops; the connection takes one of them.
    package init(
        to endpoint: MeshEndpoint, tls: TLSContext, expecting peer: PeerIdentity? = nil,
        name: String, group: any EventLoopGroup, policy: ReconnectPolicy = .init(),
        limits: SessionLimits = .init()
    ) {
        self.endpoint = endpoint
        self.tls = tls
        self.expectedPeer = peer
        self.name = name
        self.policy = policy
        self.limits = limits
        eventLoop = group.next()
        let state = ConnectionState(
            endpoint: endpoint, waitingCountMax: limits.waitingCountMax, eventLoop: eventLoop)
        self.state = .makeBoxSendingValue(state, eventLoop: eventLoop)
    }

    // MARK: Calls

    /// Sends a request and waits for its answer. Cancelling the task abandons the call.
    /// - Parameters:
    ///   - trace: the order's correlation id; `.zero`: none.
    ///   - deadline: from now; the server is told what is left of it.
    ///   - ended: called on `eventLoop` when the call is over, with why it failed, before anything that
    ///     comes after it: before the next session is open, if this one was lost.
    /// - Throws: the server's refusal, or ours: `notApplied` when nothing was written,
    ///   `maybeApplied` when it was and no answer came.
    package func call<Q: WireMessage, A: WireMessage>(
        _ request: Q, answer: A.Type = A.self, trace: UniqueID = .zero, deadline: Duration,
        ended: @escaping @Sendable (CallError?) -> Void = { _ in }
    ) async throws(CallError) -> A {
        let ticket = NIOLoopBoundBox<CallTicket>.makeBoxSendingValue(.created, eventLoop: eventLoop)
        let end = NIODeadline.now() + TimeAmount(deadline)
        let result: Result<InboundFrame, CallError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                submit { state in
                    state.start(request, trace: trace, deadline: end, wait: self.wait, ticket) {
                        if case .failure(let error) = $0 { ended(error) } else { ended(nil) }
                        continuation.resume(returning: $0)
                    }
                }
            }
        } onCancel: {
            submit { $0.cancel(ticket) }
        }
        return try Self.decode(result)
    }

    /// As `call`, for callers that are not tasks. `completion` is called once, on `eventLoop`.
    package func submit<Q: WireMessage, A: WireMessage>(
        _ request: Q, answer: A.Type = A.self, trace: UniqueID = .zero, deadline: Duration,
        completion: @escaping @Sendable (Result<A, CallError>) -> Void
    ) {
        let end = NIODeadline.now() + TimeAmount(deadline)
        submit { state in
            let ticket = NIOLoopBoundBox(CallTicket.created, eventLoop: state.eventLoop)
            state.start(request, trace: trace, deadline: end, wait: self.wait, ticket) { result in
                do throws(CallError) {
                    completion(.success(try Self.decode(result)))
                } catch {
                    completion(.failure(error))
                }
            }
        }
    }

    /// Sends a frame that has no answer, such as CREDIT; dropped when there is no connection.
    package func send(_ message: some WireMessage, trace: UniqueID = .zero) {
        submit { $0.session?.send(message, trace: trace) }
    }

    /// Waits until there is a connection.
    /// - Throws: `notConnected` with the last reason, when there is none in time.
    package func connected(within duration: Duration) async throws(CallError) {
        let result: Result<Void, CallError> = await withCheckedContinuation { continuation in
            submit {
                $0.awaitSession(for: TimeAmount(duration)) { continuation.resume(returning: $0) }
            }
        }
        try result.get()
    }

    // MARK: Subscriptions

    /// Takes what the server sends unasked with this opcode; called on `eventLoop`, in order. One
    /// handler for each opcode: a later one replaces it.
    package func onPush(_ opcode: Opcode, _ handler: @escaping @Sendable (InboundFrame) -> Void) {
        submit { $0.pushHandlers[opcode.rawValue] = handler }
    }

    /// Called on `eventLoop` each time a session is open: the place to subscribe again. What it
    /// submits goes behind the calls that waited. Called at once when a session is open now.
    package func onConnected(_ handler: @escaping @Sendable () -> Void) {
        submit { $0.addConnectedHandler(handler) }
    }

    /// Called on `eventLoop` each time an open session is over, with the reason.
    package func onDisconnected(_ handler: @escaping @Sendable (CallError) -> Void) {
        submit { $0.disconnectedHandlers.append(handler) }
    }

    // MARK: For the life cycle

    /// Runs `work` on the event loop, in the order of submission; what it sends leaves together
    /// with
    /// what others send in the same turn.
    func submit(_ work: @escaping Submission) {
        let isFirst = submissions.withLock { queue in
            queue.append(work)
            return queue.count == 1
        }
        guard isFirst else { return }
        eventLoop.execute { [self] in
            let batch = submissions.withLock { queue in
                let batch = queue
                queue = []
                return batch
            }
            let state = state.value
            state.gather { for work in batch { work(state) } }
        }
    }

    private var wait: TimeAmount { TimeAmount(policy.waitDuration) }

    private static func decode<A: WireMessage>(
        _ result: Result<InboundFrame, CallError>
    ) throws(CallError) -> A {
        let frame = try result.get()
        guard frame.opcode == A.opcode.rawValue else {
            throw CallError(
                .badMessage, effect: .maybeApplied, message: "an answer of opcode \(frame.opcode)")
        }
        do {
            return try frame.decode(A.self)
        } catch {
            throw CallError(.badMessage, effect: .maybeApplied, message: "the answer: \(error)")
        }
    }
}
