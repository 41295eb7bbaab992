// SPDX-License-Identifier: MIT

import NIOCore
import Orders
import Wire

/// What a `MeshConnection` holds on its event loop: the session, if there is one, and the calls
/// that
/// wait for one.
final class ConnectionState {
    typealias Completion = (Result<InboundFrame, CallError>) -> Void

    let eventLoop: any EventLoop
    /// Open and not draining; nil while away.
    private(set) var session: ClientSession?
    var pushHandlers: [UInt16: @Sendable (InboundFrame) -> Void] = [:]
    var disconnectedHandlers: [@Sendable (CallError) -> Void] = []
    /// The connection that is being made or in use; closed when the life cycle ends.
    private var current: ClientSession?
    private var connectedHandlers: [@Sendable () -> Void] = []
    private var waiting = WaitingCalls()
    private var isStopped = false
    private var lastFailure: String
    private let endpoint: MeshEndpoint
    private let waitingCountMax: Int

    init(endpoint: MeshEndpoint, waitingCountMax: Int, eventLoop: any EventLoop) {
        self.endpoint = endpoint
        self.waitingCountMax = waitingCountMax
        self.eventLoop = eventLoop
        lastFailure = "not connected yet"
    }

    // MARK: Calls

    /// Sends a call at once when there is room, or lets it wait.
    func start(
        _ request: some WireMessage, trace: UniqueID, deadline: NIODeadline, wait: TimeAmount,
        _ ticket: NIOLoopBoundBox<CallTicket>, completion: @escaping Completion
    ) {
        guard ticket.value == .created else {
            return completion(.failure(Self.cancelled(.notApplied)))
        }
        let send: (ClientSession) -> Void = { session in
            do throws(CallError) {
                let correlation = try session.request(request, trace: trace, deadline: deadline) {
                    ticket.value = .finished
                    completion($0)
                }
                ticket.value = .sent(correlation)
            } catch {
                ticket.value = .finished
                completion(.failure(error))
            }
        }
        if waiting.isEmpty, let session, session.hasRoom { return send(session) }
        let until = min(deadline, .now() + wait)
        let isDeadline = until == deadline
        enqueue(until: until, ticket, send: send) { error in
            ticket.value = .finished
            let expired = CallError(.deadlineExceeded, effect: .notApplied, message: error.message)
            completion(.failure(isDeadline && error.code == .notConnected ? expired : error))
        }
    }

    func cancel(_ ticket: NIOLoopBoundBox<CallTicket>) {
        switch ticket.value {
        case .created: ticket.value = .cancelled
        case .waiting(let number): waiting.remove(number)?.fail(Self.cancelled(.notApplied))
        case .sent(let correlation): current?.abandon(correlation, Self.cancelled(.maybeApplied))
        case .cancelled, .finished: break
        }
    }

    /// Calls back when there is a session, or none in time.
    func awaitSession(
        for duration: TimeAmount, _ completion: @escaping (Result<Void, CallError>) -> Void
    ) {
        if session != nil { return completion(.success(())) }
        let ticket = NIOLoopBoundBox(CallTicket.created, eventLoop: eventLoop)
        enqueue(until: .now() + duration, ticket) { _ in
            completion(.success(()))
        } fail: {
            completion(.failure($0))
        }
    }

    /// Runs `body`; what it sends leaves together.
    func gather(_ body: () -> Void) {
        guard let session else { return body() }
        session.gather(body)
    }

    private func enqueue(
        until: NIODeadline, _ ticket: NIOLoopBoundBox<CallTicket>,
        send: @escaping (ClientSession) -> Void, fail: @escaping (CallError) -> Void
    ) {
        guard !isStopped else { return fail(unconnected) }
        guard waiting.count < waitingCountMax else {
            return fail(CallError(.tooManyInFlight, message: "\(waiting.count) calls wait already"))
        }
        let number = waiting.append(send: send, fail: fail)
        ticket.value = .waiting(number)
        let timer = eventLoop.assumeIsolated().scheduleTask(deadline: until) {
            guard let call = self.waiting.remove(number) else { return }
            call.fail(self.session == nil ? self.unconnected : self.crowded)
        }
        waiting.setTimer(timer, of: number)
    }

    private func pump() {
        guard let session, !waiting.isEmpty else { return }
        session.gather {
            while session.hasRoom, let call = waiting.removeFirst() { call.send(session) }
        }
    }

    private var unconnected: CallError {
        CallError(.notConnected, message: "\(endpoint): \(lastFailure)")
    }

    private var crowded: CallError {
        CallError(.tooManyInFlight, message: "\(endpoint) does not keep up")
    }

    private static func cancelled(_ effect: Effect) -> CallError {
        CallError(.cancelled, effect: effect, message: "cancelled by the caller")
    }

    // MARK: Life cycle

    /// A session is being made.
    func connecting(_ session: ClientSession) {
        current = session
        if isStopped { session.close() }
    }

    /// Takes an open session into use.
    /// - Returns: false when it is no longer wanted, or over already.
    func opened(_ session: ClientSession, closed: @escaping (CallError) -> Void) -> Bool {
        guard !isStopped, session.isOpen else {
            session.close()
            return false
        }
        self.session = session
        current = session
        session.onPush = { [weak self] frame in self?.pushHandlers[frame.opcode]?(frame) }
        session.onDrain = { [weak self] in self?.session = nil }
        session.onRoom = { [weak self] in self?.pump() }
        session.onClosed = { [weak self] error in
            self?.ended(error)
            closed(error)
        }
        for handler in connectedHandlers { handler() }
        pump()
        return true
    }

    /// An attempt to connect failed.
    func failed(_ error: CallError) {
        current = nil
        lastFailure = error.message
    }

    func addConnectedHandler(_ handler: @escaping @Sendable () -> Void) {
        connectedHandlers.append(handler)
        if session != nil { handler() }
    }

    /// The life cycle is over: closes, and refuses what waits.
    func stop() {
        isStopped = true
        lastFailure = "closed by this side"
        current?.close()
        while let call = waiting.removeFirst() { call.fail(unconnected) }
    }

    func restart() { isStopped = false }

    private func ended(_ error: CallError) {
        session = nil
        current = nil
        lastFailure = error.message
        for handler in disconnectedHandlers { handler(error) }
    }
}
