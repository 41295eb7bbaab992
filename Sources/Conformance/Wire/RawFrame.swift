// SPDX-License-Identifier: MIT
import Checksum
import FrameCompression
import NIOCore
import Orders
import Wire

/// A frame as it may be, and as it must not be: every part can be set to anything.
struct RawFrame {
    var version = FrameHeader.version
    var flags: UInt8 = 0
    var opcode: UInt16
    var deadlineMilliseconds: UInt32 = 0
    var correlation: UInt64
    var trace = UniqueID.zero
    var body: ByteBuffer
    /// Nil: that of `plain`.
    var checksum: UInt32?
    /// Nil: the true one.
    var length: UInt32?
    /// What the checksum is of: the body before compression.
    private var plain: ByteBuffer

    init(opcode: UInt16, correlation: UInt64, body: ByteBuffer) {
        self.opcode = opcode
        self.correlation = correlation
        self.body = body
        plain = body
    }

    init(_ opcode: Opcode, correlation: UInt64, body: ByteBuffer) {
        self.init(opcode: opcode.rawValue, correlation: correlation, body: body)
    }

    init(_ message: some WireMessage, correlation: UInt64) {
        var body = ByteBuffer()
        message.write(to: &body)
        self.init(type(of: message).opcode, correlation: correlation, body: body)
    }

    /// Puts a compressed body in place of the plain one: `plainByteCount` and a block.
    mutating func compress(claiming plainByteCount: UInt32, block: [UInt8]) {
        flags |= FrameFlags.compressed.rawValue
        body = ByteBuffer()
        body.writeInteger(plainByteCount, endianness: .little)
        body.writeBytes(block)
    }

    /// The bytes that go over the wire.
    var bytes: ByteBuffer {
        var buffer = ByteBuffer()
        let byteCount = UInt32(FrameHeader.byteCount + body.readableBytes)
        let sum = checksum ?? plain.withUnsafeReadableBytes { CRC32C.checksum($0) }
        buffer.writeMultipleIntegers(
            length ?? byteCount, version, flags, opcode, endianness: .little)
        buffer.writeMultipleIntegers(
            deadlineMilliseconds, correlation, trace.high, trace.low, sum, endianness: .little)
        buffer.writeImmutableBuffer(body)
        return buffer
    }
}
