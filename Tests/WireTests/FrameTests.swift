// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Testing
import Wire

@Suite struct FrameTests {
    static let trace = UniqueID(high: 0x0102_0304_0506_0708, low: 0x1112_1314_1516_1718)

    private func ping(token: UInt64 = 7) -> ByteBuffer {
        var buffer = ByteBuffer()
        Frame.append(
            Ping(token: token),
            header: FrameHeader(opcode: Ping.opcode.rawValue, correlation: 9, trace: Self.trace),
            to: &buffer)
        return buffer
    }

    @Test func `a frame comes back as it was written`() throws {
        var buffer = ping()
        let frame = try #require(try Frame.next(from: &buffer, byteCountMax: 1024))
        #expect(frame.header.correlation == 9)
        #expect(frame.header.trace == Self.trace)
        #expect(frame.header.opcode == Opcode.ping.rawValue)
        try frame.verify(plain: frame.body)
        #expect(try Ping(body: frame.body) == Ping(token: 7))
        #expect(buffer.readableBytes == 0)
    }

    @Test func `a frame that is not all there is waited for, at every cut`() throws {
        let whole = ping()
        for count in 0..<whole.readableBytes {
            var part = try #require(whole.getSlice(at: 0, length: count))
            #expect(try Frame.next(from: &part, byteCountMax: 1024) == nil)
            #expect(part.readableBytes == count)
        }
    }

    @Test func `two frames in one buffer are taken one by one`() throws {
        var buffer = ping(token: 1)
        buffer.writeImmutableBuffer(ping(token: 2))
        for token in 1...2 {
            let frame = try #require(try Frame.next(from: &buffer, byteCountMax: 1024))
            #expect(try Ping(body: frame.body).token == UInt64(token))
        }
    }

    @Test func `a length over the limit is refused before its bytes come`() {
        var buffer = ByteBuffer(integer: UInt32(1025), endianness: .little)
        #expect(throws: FrameError.tooLong(byteCount: 1025, max: 1024)) {
            try Frame.next(from: &buffer, byteCountMax: 1024)
        }
    }

    @Test func `a length without room for the header is refused`() {
        var buffer = ByteBuffer(integer: UInt32(35), endianness: .little)
        #expect(throws: FrameError.tooShort(byteCount: 35)) {
            try Frame.next(from: &buffer, byteCountMax: 1024)
        }
    }

    @Test func `another version and unknown flags are refused`() {
        var version = ping()
        version.setInteger(2, at: 4, as: UInt8.self)
        #expect(throws: FrameError.unknownVersion(2)) {
            try Frame.next(from: &version, byteCountMax: 1024)
        }
        var flags = ping()
        flags.setInteger(0x80, at: 5, as: UInt8.self)
        #expect(throws: FrameError.unknownFlags(0x80)) {
            try Frame.next(from: &flags, byteCountMax: 1024)
        }
    }

    @Test func `one flipped bit anywhere in the body breaks the checksum`() throws {
        for bit in 0..<64 {
            var buffer = ping()
            let index = buffer.writerIndex - 8 + bit / 8
            let byte = try #require(buffer.getInteger(at: index, as: UInt8.self))
            buffer.setInteger(byte ^ 1 << UInt8(bit % 8), at: index)
            let frame = try #require(try Frame.next(from: &buffer, byteCountMax: 1024))
            #expect(throws: FrameError.self) { try frame.verify(plain: frame.body) }
        }
    }
}
