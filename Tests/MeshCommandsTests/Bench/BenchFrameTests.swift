// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Sessions
import Testing
import Wire

@testable import MeshCommands

/// What the benchmarks write and read by offsets must be what the protocol says.
@Suite struct BenchFrameTests {
    private static func frames(_ buffer: ByteBuffer) throws -> [(
        header: FrameHeader, body: ByteBuffer
    )] {
        var buffer = buffer
        var frames: [(FrameHeader, ByteBuffer)] = []
        while let frame = try Frame.next(from: &buffer, byteCountMax: 1 << 20) {
            try frame.verify(plain: frame.body)
            frames.append((frame.header, frame.body))
        }
        #expect(buffer.readableBytes == 0)
        return frames
    }

    @Test func `published messages are whole, differ by their ids, and carry their stamps`() throws
    {
        var request = PublishRequest(queue: "some-queue", bodyByteCount: 40, run: 7)
        var buffer = ByteBuffer()
        request.append(to: &buffer, correlation: 11)
        request.append(to: &buffer, correlation: 12, stamp: 0x0102_0304_0506_0708)
        let frames = try Self.frames(buffer)
        #expect(frames.map(\.header.correlation) == [11, 12])
        let messages = try frames.map { try Publish(body: $0.body) }
        #expect(messages.map(\.queue) == ["some-queue", "some-queue"])
        #expect(
            messages.map(\.message.id) == [UniqueID(high: 7, low: 1), UniqueID(high: 7, low: 2)])
        #expect(messages[0].message.body == OrderBody.make(byteCount: 40, number: 7))
        #expect(
            messages[1].message.body.getInteger(at: 0, endianness: .little, as: UInt64.self)
                == 0x0102_0304_0506_0708)
        #expect(messages[1].message.body.readableBytes == 40)
    }

    @Test func `batches are whole, and no id comes twice`() throws {
        var request = PublishBatchRequest(queue: "some-queue", bodyByteCount: 40, count: 3, run: 7)
        var buffer = ByteBuffer()
        for correlation in 11...12 { request.append(to: &buffer, correlation: UInt64(correlation)) }
        let batches = try Self.frames(buffer).map { try PublishBatch(body: $0.body) }
        #expect(batches.map(\.queue) == ["some-queue", "some-queue"])
        #expect(
            batches.flatMap { $0.messages.map(\.id) }
                == (1...6).map { UniqueID(high: 7, low: $0) })
        #expect(batches[1].messages[2].body == OrderBody.make(byteCount: 40, number: 9))
    }

    @Test func `takes go round the tenants`() throws {
        var request = TakeRequest(tenantCount: 3)
        var buffer = ByteBuffer()
        for correlation in 1...4 { request.append(to: &buffer, correlation: UInt64(correlation)) }
        let tenants = try Self.frames(buffer).map { try Take(body: $0.body).takes.map(\.tenant) }
        #expect(tenants == [["tenant-1"], ["tenant-2"], ["tenant-0"], ["tenant-1"]])
    }

    @Test func `a grant is a success, a refusal is none`() throws {
        let request = TakeRequest(tenantCount: 1)
        for isGranted in [true, false] {
            let decision = Decision(
                granted: isGranted, scope: .tenant, limit: 1, remaining: 0, resetMilliseconds: 0,
                retryAfterMilliseconds: 0, windowSeconds: 1, held: false)
            try Self.withFrame(Taken(decisions: [decision])) { frame in
                #expect(request.isSuccess(frame) == isGranted)
            }
        }
    }

    @Test func `deliveries are found with their tokens and stamps`() throws {
        var body = ByteBuffer()
        body.writeInteger(UInt64(99), endianness: .little)
        let bodies = [body, ByteBuffer(), ByteBuffer(string: "longer than a stamp")]
        let deliveries = bodies.enumerated().map { index, body in
            Delivery(
                sequence: UInt64(index + 1), token: UInt64(index + 100), attempt: 1, attemptsMax: 4,
                acquired: 1, leaseMilliseconds: 1000, publishedMilliseconds: 5,
                message: Envelope(
                    id: UniqueID(high: 1, low: 1), trace: .zero, group: .zero,
                    tenant: index == 2 ? "a-tenant" : "", priority: .normal,
                    notBeforeMilliseconds: 0, body: body))
        }
        try Self.withFrame(Deliver(subscription: 1, deliveries: deliveries)) { frame in
            let views = DeliveryView.all(in: frame)
            #expect(views.map(\.sequence) == [1, 2, 3])
            #expect(views.map(\.token) == [100, 101, 102])
            #expect(views[0].stamp == 99)
            #expect(views[2].stamp != nil)
        }
    }

    /// Every answer is counted once, as what it is, and followed by a request until the end.
    @Test func `a window stays full until it stops`() throws {
        var window = RequestWindow(PublishRequest(queue: "q", bodyByteCount: 8), count: 3)
        window.sample = BenchSample()
        var sent = ByteBuffer()
        window.start(at: .uptimeNanoseconds(0), into: &sent)
        let correlations = try Self.frames(sent).map(\.header.correlation)
        #expect(Set(correlations).count == 3)
        for correlation in correlations.reversed() {
            sent.clear()
            try Self.withFrame(Published(sequence: 1, duplicate: false), to: correlation) { frame in
                window.receive(frame, at: .uptimeNanoseconds(5_000_000), into: &sent)
            }
            let next = try Self.frames(sent).map(\.header.correlation)
            #expect(next.count == 1)
            #expect(!correlations.contains(next[0]))
        }
        window.stop()
        sent.clear()
        try Self.withFrame(
            Pong(token: 1),
            to: correlations[0]
        ) {
            window.receive($0, at: .uptimeNanoseconds(6_000_000), into: &sent)
        }
        #expect(sent.readableBytes == 0)
        #expect(window.sample?.operationCount == 3)
        #expect(window.sample?.errorCount == 1)
        #expect(window.sample?.milliseconds(50) == 5)
    }

    @Test func `a publisher at a rate sends what is due, and says when it was`() throws {
        var publisher = PacedPublisher(queue: "q", bodyByteCount: 16, perSecond: 1000)
        var sent = ByteBuffer()
        publisher.start(at: .uptimeNanoseconds(7_000_000), into: &sent)
        let next = publisher.tick(at: .uptimeNanoseconds(9_500_000), into: &sent)
        #expect(next == .uptimeNanoseconds(10_000_000))
        let stamps = try Self.frames(sent).map {
            try Publish(body: $0.body).message.body.getInteger(
                at: 0, endianness: .little, as: UInt64.self)
        }
        #expect(stamps == [7_000_000, 8_000_000, 9_000_000])
        publisher.stop()
        #expect(publisher.tick(at: .uptimeNanoseconds(20_000_000), into: &sent) == nil)
    }

    @Test func `a consumer settles what it got, gives the credit back, and counts refusals`() throws
    {
        var confirmedCount = 0
        var consumer = ConsumeScript(queue: "q", credit: 10, measure: .settlement) {
            confirmedCount += $0
        }
        consumer.sample = BenchSample()
        var sent = ByteBuffer()
        consumer.start(at: .uptimeNanoseconds(0), into: &sent)
        sent.clear()
        let deliveries = (1...2).map {
            Delivery(
                sequence: UInt64($0), token: UInt64($0), attempt: 1, attemptsMax: 4, acquired: 1,
                leaseMilliseconds: 1000, publishedMilliseconds: 5,
                message: Envelope(
                    id: UniqueID(high: 1, low: 1), trace: .zero, group: .zero, tenant: "",
                    priority: .normal, notBeforeMilliseconds: 0, body: ByteBuffer()))
        }
        try Self.withFrame(Deliver(subscription: 1, deliveries: deliveries)) {
            consumer.receive($0, at: .uptimeNanoseconds(0), into: &sent)
        }
        let frames = try Self.frames(sent)
        #expect(frames.map(\.header.opcode) == [Opcode.settle.rawValue, Opcode.credit.rawValue])
        #expect(try Settle(body: frames[0].body).settlements.map(\.sequence) == [1, 2])
        #expect(try Credit(body: frames[1].body).credit == 2)
        let results = [0, 202].map {
            SettleResult(
                code: $0, effect: .notApplied, retryAfterMilliseconds: 0, message: "m",
                pressure: .none)
        }
        try Self.withFrame(Settled(results: results), to: frames[0].header.correlation) {
            consumer.receive($0, at: .uptimeNanoseconds(1_000_000), into: &sent)
        }
        #expect(confirmedCount == 1)
        #expect(consumer.sample?.errorCount == 1)
        #expect(consumer.sample?.operationCount == 1)
    }

    private static func withFrame(
        _ message: some WireMessage, to correlation: UInt64 = 1,
        _ body: (FrameView) throws -> Void
    ) throws {
        var buffer = ByteBuffer()
        let opcode = type(of: message).opcode.rawValue
        Frame.append(
            message, header: FrameHeader(opcode: opcode, correlation: correlation), to: &buffer)
        try buffer.withUnsafeReadableBytes { bytes in
            let (frame, byteCount) = try #require(FrameView.first(of: bytes))
            #expect(byteCount == bytes.count)
            #expect(frame.opcode == opcode && frame.correlation == correlation)
            #expect(FrameView.first(of: .init(rebasing: bytes.dropLast())) == nil)
            try body(frame)
        }
    }
}
