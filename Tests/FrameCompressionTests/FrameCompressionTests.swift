// SPDX-License-Identifier: MIT
import FrameCompression
import NIOCore
import Orders
import Testing
import Wire

@Suite struct FrameCompressionTests {
    private func frame(body: String) throws -> Frame {
        var buffer = ByteBuffer()
        let message = Publish(
            queue: "payment",
            message: Envelope(
                id: .zero, trace: .zero, group: .zero, tenant: "acme", priority: .normal,
                notBeforeMilliseconds: 0, body: ByteBuffer(string: body)))
        let header = FrameHeader(opcode: Publish.opcode.rawValue, correlation: 1)
        let bodyStart = Frame.append(message, header: header, to: &buffer)
        FrameCompressor().compressLast(in: &buffer, bodyStart: bodyStart)
        return try #require(try Frame.next(from: &buffer, byteCountMax: 1 << 24))
    }

    @Test(arguments: [600, 5000, 1_000_000])
    func `a body that shrinks is compressed and comes back`(count: Int) throws {
        let body = String(repeating: "order ", count: count / 6)
        let frame = try frame(body: body)
        #expect(frame.header.flags.contains(.compressed))
        #expect(frame.body.readableBytes < count / 2)
        let plain = try FrameDecompressor.plainBody(of: frame, plainByteCountMax: 1 << 24)
        #expect(try String(buffer: Publish(body: plain).message.body) == body)
    }

    @Test func `a short body stays as it is`() throws {
        let frame = try frame(body: String(repeating: "a", count: 400))
        #expect(!frame.header.flags.contains(.compressed))
    }

    @Test func `a body that does not shrink stays as it is`() throws {
        var generator = SystemRandomNumberGenerator()
        let noise = (0..<2000).map { _ in
            Character(Unicode.Scalar(UInt8.random(in: 1...127, using: &generator)))
        }
        #expect(!(try frame(body: String(noise)).header.flags.contains(.compressed)))
    }

    @Test func `a plain length that lies is found`() throws {
        for delta in [-1, 1] {
            var lying = try frame(body: String(repeating: "a", count: 5000))
            let claimed = try #require(
                lying.body.getInteger(at: lying.body.readerIndex, endianness: .little) as UInt32?)
            lying.body.setInteger(
                UInt32(Int(claimed) + delta), at: lying.body.readerIndex, endianness: .little)
            #expect(throws: FrameError.badBlock) {
                try FrameDecompressor.plainBody(of: lying, plainByteCountMax: 1 << 24)
            }
        }
    }

    @Test func `a bomb is refused by its claim, before it is unpacked`() throws {
        let frame = try frame(body: String(repeating: "a", count: 1_000_000))
        #expect(throws: FrameError.self) {
            try FrameDecompressor.plainBody(of: frame, plainByteCountMax: 65536)
        }
        var lying = frame
        lying.body = ByteBuffer(integer: UInt32(1 << 23), endianness: .little)
        lying.body.writeInteger(0 as UInt64)
        #expect(throws: FrameError.bomb(plainByteCount: 1 << 23, max: 8 * 256)) {
            try FrameDecompressor.plainBody(of: lying, plainByteCountMax: 1 << 24)
        }
    }
}
