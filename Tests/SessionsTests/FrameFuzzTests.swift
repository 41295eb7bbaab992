// SPDX-License-Identifier: MIT

import FrameCompression
import NIOCore
import Orders
import SimulatedMachine
import Testing
import Wire

@testable import Sessions

/// Bytes from a peer are refused or understood; they never trap. The seed repeats a failure.
@Suite struct FrameFuzzTests {
    @Test(arguments: 0..<16)
    func `a damaged stream of frames is refused or read, never more`(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<200 {
            var bytes = Self.stream
            for _ in 0...random.next(upperBound: UInt64(4)) { Self.damage(&bytes, &random) }
            var inbox = FrameInbox()
            while let part = bytes.readSlice(
                length: Int(random.next(upperBound: UInt64(bytes.readableBytes + 1)))),
                bytes.readableBytes > 0 || part.readableBytes > 0
            {
                inbox.append(part)
                do throws(FrameError) {
                    while let frame = try inbox.next(byteCountMax: 100_000) { Self.read(frame) }
                } catch {
                    break
                }
                inbox.endBurst()
            }
        }
    }

    @Test(arguments: 0..<16)
    func `a body of anything is refused or read as any message`(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<500 {
            var body = ByteBuffer()
            for _ in 0..<random.next(upperBound: UInt64(80)) {
                // Small numbers make counts and lengths that almost fit.
                body.writeInteger(
                    UInt8(truncatingIfNeeded: random.next() & (random.once(in: 3) ? 0xFF : 3)))
            }
            for opcode in Opcode.allCases {
                Self.read(InboundFrame(.init(opcode: opcode.rawValue, correlation: 1), body: body))
            }
        }
    }

    /// A few frames, one of them compressed.
    private static let stream: ByteBuffer = {
        var outbox = FrameOutbox(compressor: .init(), frameByteCountMax: 100_000)
        let envelope = ProbeService.envelope(ByteBuffer(repeating: 5, count: 3000))
        for correlation in 1...4 as ClosedRange<UInt64> {
            _ = outbox.append(Ping(token: 1), header: .init(opcode: 3, correlation: correlation))
            _ = outbox.append(
                Publish(queue: "q", message: envelope),
                header: .init(opcode: Opcode.publish.rawValue, correlation: correlation))
        }
        return outbox.take() ?? ByteBuffer()
    }()

    private static func damage(_ bytes: inout ByteBuffer, _ random: inout SplitMix64) {
        let index = Int(random.next(upperBound: UInt64(bytes.readableBytes)))
        bytes.setInteger(UInt8(truncatingIfNeeded: random.next()), at: index)
    }

    /// Reads the body as what the opcode says; refusals are as good as messages here.
    private static func read(_ frame: InboundFrame) {
        switch frame.kind {
        case .hello: _ = try? frame.decode(Hello.self)
        case .helloOK: _ = try? frame.decode(HelloOK.self)
        case .error: _ = try? frame.decode(ErrorReply.self)
        case .publish: _ = try? frame.decode(Publish.self)
        case .publishBatch: _ = try? frame.decode(PublishBatch.self)
        case .declare: _ = try? frame.decode(Declare.self)
        case .deliver: _ = try? frame.decode(Deliver.self)
        case .settle: _ = try? frame.decode(Settle.self)
        case .settled: _ = try? frame.decode(Settled.self)
        case .queueStatsOK: _ = try? frame.decode(QueueStatsOK.self)
        case .messageStatus: _ = try? frame.decode(MessageStatus.self)
        case .messageStatusOK: _ = try? frame.decode(MessageStatusOK.self)
        case .deadLettersOK: _ = try? frame.decode(DeadLettersOK.self)
        case .redrive: _ = try? frame.decode(Redrive.self)
        case .take: _ = try? frame.decode(Take.self)
        case .taken: _ = try? frame.decode(Taken.self)
        case .refund: _ = try? frame.decode(Refund.self)
        case .setPlan: _ = try? frame.decode(SetPlan.self)
        case .placeOrder: _ = try? frame.decode(PlaceOrder.self)
        case .order: _ = try? frame.decode(OrderRecord.self)
        case .orderEvent: _ = try? frame.decode(OrderEvent.self)
        default: _ = try? frame.decode(Ping.self)
        }
    }
}
