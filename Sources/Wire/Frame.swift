// SPDX-License-Identifier: MIT
import Checksum
package import NIOCore

/// One frame as it stands on the socket: header and body, the body still compressed if it came so.
package struct Frame: Equatable, Sendable {
    package var header: FrameHeader
    /// A slice of what was read: nothing is copied.
    package var body: ByteBuffer

    package init(header: FrameHeader, body: ByteBuffer) {
        self.header = header
        self.body = body
    }

    /// Takes the next whole frame off the front of `buffer`.
    ///
    /// - Parameter byteCountMax: the longest frame in force, without its length prefix; a longer one
    ///   is refused as soon as its length is there, before its bytes are waited for.
    /// - Returns: nil when more bytes are needed; `buffer` is then untouched.
    package static func next(
        from buffer: inout ByteBuffer, byteCountMax: Int
    ) throws(FrameError) -> Frame? {
        guard
            let length = buffer.getInteger(
                at: buffer.readerIndex, endianness: .little, as: UInt32.self)
        else { return nil }
        let byteCount = Int(length)
        guard byteCount >= FrameHeader.byteCount else { throw .tooShort(byteCount: byteCount) }
        guard byteCount <= byteCountMax else {
            throw .tooLong(byteCount: byteCount, max: byteCountMax)
        }
        guard buffer.readableBytes >= FrameHeader.lengthByteCount + byteCount else { return nil }
        buffer.moveReaderIndex(forwardBy: FrameHeader.lengthByteCount)
        let header = try FrameHeader(from: &buffer)
        let body = buffer.readSlice(length: byteCount - FrameHeader.byteCount)
        return Frame(header: header, body: body ?? ByteBuffer())
    }

    /// Checks `plain`, this frame's body after decompression, against the header.
    package func verify(plain: ByteBuffer) throws(FrameError) {
        let found = plain.withUnsafeReadableBytes { CRC32C.checksum($0) }
        guard found == header.checksum else {
            throw .badChecksum(expected: header.checksum, found: found)
        }
    }

    /// Appends a whole frame with a plain body to `buffer`.
    ///
    /// The header goes in front of a body that is written in place, so nothing is copied.
    ///
    /// - Returns: where the body begins, for a compressor that replaces it.
    @discardableResult
    package static func append<Body: WireMessage>(
        _ message: Body, header: FrameHeader, to buffer: inout ByteBuffer
    ) -> Int {
        let start = buffer.writerIndex
        header.write(behindLengthIn: &buffer)
        let bodyStart = buffer.writerIndex
        message.write(to: &buffer)
        let offset = start - buffer.readerIndex
        buffer.withUnsafeMutableReadableBytes { readable in
            FrameHeader.seal(UnsafeMutableRawBufferPointer(rebasing: readable[offset...]))
        }
        return bodyStart
    }

    /// Replaces the plain body of the frame that ends `buffer` by `compressed` (plain length and
    /// block), sets the flag and corrects the length. The checksum stays that of the plain body.
    package static func replaceBody(
        at bodyStart: Int, by compressed: ByteBuffer, in buffer: inout ByteBuffer
    ) {
        let start = bodyStart - FrameHeader.byteCount - FrameHeader.lengthByteCount
        let flagsIndex = start + FrameHeader.lengthByteCount + 1
        let flags = buffer.getInteger(at: flagsIndex, as: UInt8.self) ?? 0
        buffer.setInteger(flags | FrameFlags.compressed.rawValue, at: flagsIndex)
        buffer.moveWriterIndex(to: bodyStart)
        buffer.writeImmutableBuffer(compressed)
        finish(at: start, in: &buffer)
    }

    private static func finish(at start: Int, in buffer: inout ByteBuffer) {
        let byteCount = buffer.writerIndex - start - FrameHeader.lengthByteCount
        buffer.setInteger(UInt32(byteCount), at: start, endianness: .little)
    }
}
