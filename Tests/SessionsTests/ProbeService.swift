// SPDX-License-Identifier: MIT

import NIOCore
import Orders
import Sessions
import Wire

/// A service that does what the queue's name in PUBLISH says, and tells the test what it sees.
final class ProbeService: FrameService {
    enum Sight: Sendable, Equatable {
        case opened(String)
        case published(queue: String, byteCount: Int)
        case cancelled
        case draining
        case closed
        /// As `closed`, from within a request: nothing of the service's could rely on its own state.
        case closedWhileServing
    }

    private let sights: AsyncStream<Sight>.Continuation
    private let held: HeldCalls
    private var sequence: UInt64 = 0
    private var isServing = false

    init(_ sights: AsyncStream<Sight>.Continuation, held: HeldCalls) {
        self.sights = sights
        self.held = held
    }

    func opened(_ session: ServerSession) { sights.yield(.opened(session.name)) }

    func closed(_ session: ServerSession) {
        sights.yield(isServing ? .closedWhileServing : .closed)
    }

    func draining(_ session: ServerSession) { sights.yield(.draining) }

    func cancelled(_ correlation: UInt64, on session: ServerSession) { sights.yield(.cancelled) }

    func received(_ frame: InboundFrame, on session: ServerSession) {
        isServing = true
        defer { isServing = false }
        do throws(WireError) {
            switch frame.kind {
            case .publish: publish(try frame.decode(Publish.self), frame, session)
            default: session.refuse(frame, .unknownOpcode, "not here")
            }
        } catch {
            session.refuse(frame, .badMessage, "\(error)")
        }
    }

    private func publish(_ message: Publish, _ frame: InboundFrame, _ session: ServerSession) {
        let count = message.message.body.readableBytes
        if message.queue != "quick" {
            sights.yield(.published(queue: message.queue, byteCount: count))
        }
        sequence += 1
        let answer = Published(sequence: sequence, duplicate: false)
        switch message.queue {
        case "hold": held.add(session.handle, frame.correlation)
        case "full":
            let refusal = ErrorReply(.queueFull, retryAfter: .milliseconds(250), message: "full")
            session.fail(refusal, to: frame.correlation)
        case "push":
            session.push(Depth(queue: "q", depth: 7, depthMax: 9, drainPerSecond: 1, paused: false))
            session.reply(answer, to: frame.correlation)
        case "flood": flood(session)
        case "late flood":
            held.awaitFlood()
            flood(session)
        case "drop": session.close()
        default: session.reply(answer, to: frame.correlation, trace: frame.trace)
        }
    }

    private func flood(_ session: ServerSession) { for _ in 0..<16 { session.push(large) } }

    /// Does not compress.
    private lazy var large = Deliver(
        subscription: 1,
        deliveries: [
            Delivery(
                sequence: 1, token: 1, attempt: 1, attemptsMax: 4, acquired: 1,
                leaseMilliseconds: 1,
                publishedMilliseconds: 1,
                message: ProbeService.envelope(
                    ProbeService.noise))
        ])

    /// A million bytes that do not compress: random ones, repeated farther apart than LZ4 looks.
    static let noise: ByteBuffer = {
        var block = ByteBuffer()
        for _ in 0..<12_500 { block.writeInteger(UInt64.random(in: 0 ... .max)) }
        var noise = ByteBuffer()
        for _ in 0..<10 { noise.writeImmutableBuffer(block) }
        return noise
    }()

    static func envelope(_ body: ByteBuffer) -> Envelope {
        Envelope(
            id: .zero, trace: .zero, group: .zero, tenant: "", priority: .normal,
            notBeforeMilliseconds: 0, body: body)
    }
}
