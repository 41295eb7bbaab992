// SPDX-License-Identifier: MIT

import FrameCompression
package import NIOCore
package import Orders
package import SecureTransport
package import Wire

/// A client's end of one connection, confined to its event loop: requests out, each with a closure
/// for its answer. `MeshConnection` is built on it; benchmarks use it as it is.
///
/// What is written gathers, and leaves at the end of the event loop's turn, of `gather`, or of the
/// read burst in which it was written.
package final class ClientSession: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    enum Phase: Equatable {
        /// TCP and TLS are under way: to `greeting` or `closed`.
        case securing
        /// HELLO is sent: to `open` or `closed`.
        case greeting
        /// To `draining` or `closed`.
        case open
        /// The server wants no new requests: to `closed`.
        case draining
        case closed
    }

    package let eventLoop: any EventLoop
    /// Who answered; nil until connected.
    package internal(set) var peer: PeerIdentity?
    /// What the server says of itself; nil until connected.
    package internal(set) var greeting: HelloOK?
    /// Takes what the server sends unasked, but for DRAIN.
    package var onPush: ((InboundFrame) -> Void)?
    /// The server wants no new requests.
    package var onDrain: (() -> Void)?
    /// There is room again for requests.
    package var onRoom: (() -> Void)?
    /// The session is over; all calls have failed before.
    package var onClosed: ((CallError) -> Void)?

    let name: String
    let limits: SessionLimits
    let opened: EventLoopPromise<NIOLoopBound<ClientSession>>
    var phase = Phase.securing
    var context: ChannelHandlerContext?
    var calls = CallTable()
    var inbox = FrameInbox()
    var outbox: FrameOutbox
    var failure: CallError?
    var lastHeard = NIODeadline.now()
    var livenessTimer: Scheduled<Void>?
    private var deadlineTimer: (at: NIODeadline, task: Scheduled<Void>)?
    var isGathering = false
    private(set) var isWriting = false
    private var isFlushScheduled = false

    init(
        name: String, limits: SessionLimits, eventLoop: any EventLoop,
        opened: EventLoopPromise<NIOLoopBound<ClientSession>>
    ) {
        self.name = name
        self.limits = limits
        self.eventLoop = eventLoop
        self.opened = opened
        outbox = FrameOutbox(
            compressor: .init(), frameByteCountMax: limits.helloFrameByteCountMax)
    }

    package var isOpen: Bool { phase == .open }

    /// Most requests that the server lets wait for answers.
    package var inFlightMax: Int { min(Int(greeting?.inFlightMax ?? 1), limits.inFlightMax) }

    /// Requests that wait for answers.
    package var inFlightCount: Int { calls.count }

    /// Whether a request can be sent now and be taken.
    package var hasRoom: Bool {
        phase == .open && calls.inFlightCount < inFlightMax && context?.channel.isWritable == true
    }

    // MARK: Requests

    /// Sends a request. `completion` is called once, on this loop, and never from within this call.
    /// - Parameter deadline: when to give up; sent to the server as what is left.
    /// - Returns: the correlation, for `abandon`.
    /// - Throws: `notApplied`, when the session is not open or the request is too long.
    @discardableResult
    package func request(
        _ message: some WireMessage, trace: UniqueID = .zero, deadline: NIODeadline? = nil,
        completion: @escaping (Result<InboundFrame, CallError>) -> Void
    ) throws(CallError) -> UInt64 {
        guard phase == .open else {
            let code: WireErrorCode = phase == .draining ? .draining : .notConnected
            throw CallError(code, effect: .notApplied, message: "the session is not open")
        }
        let correlation = calls.insert(deadline: deadline ?? .distantFuture, completion)
        let header = FrameHeader(
            opcode: type(of: message).opcode.rawValue,
            deadlineMilliseconds: deadline.map(Self.milliseconds) ?? 0, correlation: correlation,
            trace: trace)
        guard append(message, header) else {
            _ = calls.remove(correlation)
            throw CallError(.frameTooLong, message: "the request is longer than the server takes")
        }
        if let deadline { watch(deadline) }
        return correlation
    }

    /// Sends a frame that has no answer; nothing happens when the session is not open.
    package func send(_ message: some WireMessage, trace: UniqueID = .zero) {
        guard phase == .open || phase == .draining else { return }
        _ = append(
            message,
            FrameHeader(opcode: type(of: message).opcode.rawValue, correlation: 0, trace: trace))
    }

    /// Waits no longer for an answer, and tells the server.
    /// - Returns: whether it was still waited for; its closure has then been called with `error`.
    @discardableResult
    package func abandon(_ correlation: UInt64, _ error: CallError) -> Bool {
        guard let completion = calls.abandon(correlation) else { return false }
        send(Cancel(correlation: correlation))
        completion(.failure(error))
        return true
    }

    /// Runs `body`; what it sends leaves together, at its end.
    package func gather(_ body: () -> Void) {
        guard !isGathering else { return body() }
        isGathering = true
        body()
        isGathering = false
        flush()
    }

    /// Closes; calls that wait fail with `maybeApplied`.
    package func close() {
        flush()
        end(CallError(.connectionLost, message: "closed by this side"))
        context?.close(promise: nil)
    }

    // MARK: Writing

    func append(_ message: some WireMessage, _ header: FrameHeader) -> Bool {
        guard outbox.append(message, header: header) else { return false }
        if outbox.byteCount >= limits.gatheredByteCountMax {
            flush()
        } else if !isGathering, !isFlushScheduled {
            isFlushScheduled = true
            eventLoop.assumeIsolated().execute {
                self.isFlushScheduled = false
                self.flush()
            }
        }
        return true
    }

    func flush() {
        guard let context, let frames = outbox.take() else { return }
        isWriting = true
        context.writeAndFlush(wrapOutboundOut(frames), promise: nil)
        isWriting = false
        outbox.reuse(frames)
    }

    // MARK: Deadlines

    private static func milliseconds(_ deadline: NIODeadline) -> UInt32 {
        UInt32(clamping: max(1, (deadline - .now()).nanoseconds / 1_000_000))
    }

    private func watch(_ deadline: NIODeadline) {
        if let deadlineTimer {
            guard deadline < deadlineTimer.at else { return }
            deadlineTimer.task.cancel()
        }
        let time = max(deadline, .now() + limits.deadlineInterval)
        let task = eventLoop.assumeIsolated().scheduleTask(deadline: time) {
            self.deadlineTimer = nil
            self.expire()
        }
        deadlineTimer = (time, task)
    }

    private func expire() {
        let error = CallError(.deadlineExceeded, message: "no answer in time")
        for (correlation, completion) in calls.abandonExpired(at: .now()) {
            send(Cancel(correlation: correlation))
            completion(.failure(error))
        }
        if calls.count > 0, calls.earliestDeadline < .distantFuture {
            watch(calls.earliestDeadline)
        }
    }

    func cancelTimers() {
        deadlineTimer?.task.cancel()
        deadlineTimer = nil
        livenessTimer?.cancel()
        livenessTimer = nil
    }
}
