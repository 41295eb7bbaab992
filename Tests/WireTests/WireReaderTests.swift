// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Testing
import Wire

@Suite struct WireReaderTests {
    static let envelope = Envelope(
        id: UniqueID(high: 1, low: 2), trace: UniqueID(high: 3, low: 4), group: .zero,
        tenant: "acme", priority: .compensation, notBeforeMilliseconds: 5,
        body: ByteBuffer(string: "body"))

    private func encoded(_ message: some WireMessage) -> ByteBuffer {
        var buffer = ByteBuffer()
        message.write(to: &buffer)
        return buffer
    }

    @Test func `nested structures and lists come back as they were written`() throws {
        let settlement = Settlement(
            sequence: 1, token: 2, verdict: .retry, retryAfterMilliseconds: 3, reason: "später",
            outputs: [Output(queue: "payment", message: Self.envelope, delayMilliseconds: 0)])
        let settle = Settle(queue: "inventory", settlements: [settlement, settlement])
        #expect(try Settle(body: encoded(settle)) == settle)
    }

    @Test func `a body cut anywhere is refused, never misread`() throws {
        let whole = encoded(Publish(queue: "payment", message: Self.envelope))
        for count in 0..<whole.readableBytes {
            let part = try #require(whole.getSlice(at: 0, length: count))
            #expect(throws: WireError.self) { try Publish(body: part) }
        }
    }

    @Test func `unknown fields behind the known ones are skipped`() throws {
        var buffer = encoded(Ping(token: 1))
        buffer.writeString("from a later version")
        #expect(try Ping(body: buffer) == Ping(token: 1))
    }

    @Test func `unknown fields within a structure are skipped`() throws {
        var structure = ByteBuffer()
        Self.envelope.write(to: &structure)
        structure.writeInteger(UInt64(99))
        var buffer = ByteBuffer()
        buffer.writeWireString("payment", max: 64)
        buffer.writeWireBytes(structure, max: 1024)
        #expect(try Publish(body: buffer).message == Self.envelope)
    }

    @Test func `a structure cannot read beyond its own length`() {
        var buffer = ByteBuffer()
        buffer.writeWireString("payment", max: 64)
        buffer.writeWireInteger(UInt32(8))
        Self.envelope.write(to: &buffer)
        #expect(throws: WireError.truncated(field: "id")) { try Publish(body: buffer) }
    }

    @Test func `a count that the bytes cannot hold is refused before room is made`() {
        var buffer = ByteBuffer()
        buffer.writeWireInteger(UInt32(4096))
        #expect(throws: WireError.truncated(field: "takes")) { try Take(body: buffer) }
    }

    @Test func `a count over the field's limit is refused`() {
        var buffer = ByteBuffer()
        buffer.writeWireInteger(UInt32(4097))
        #expect(throws: WireError.tooLong(field: "takes", count: 4097, max: 4096)) {
            try Take(body: buffer)
        }
    }

    @Test func `text for people is cut at the end of a character`() throws {
        let long = String(repeating: "é", count: 600)
        let reply = ErrorReply(
            code: 1, effect: .notApplied, retryAfterMilliseconds: 0, message: long,
            pressure: QueuePressure(depth: 0, depthMax: 0, inBytes: false, drainPerSecond: 0))
        #expect(try ErrorReply(body: encoded(reply)).message == String(long.prefix(512)))
    }

    @Test func `bytes that are not UTF-8 are refused`() {
        var buffer = ByteBuffer()
        buffer.writeWireInteger(UInt16(1))
        buffer.writeInteger(0xFF as UInt8)
        #expect(throws: WireError.badText(field: "queue")) { try QueueStats(body: buffer) }
    }
}
