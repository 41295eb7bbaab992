// SPDX-License-Identifier: MIT

import FrameCompression
import NIOCore
import Wire

/// Bytes as they come, frames as they are whole. Frames are slices of what was read.
struct FrameInbox {
    private var buffer = ByteBuffer()

    /// What is first reserved for a frame that comes in parts; then it grows as bytes come,
    /// because a length alone is no reason to take memory.
    private static let partialByteCount = 128 * 1024

    mutating func append(_ bytes: consuming ByteBuffer) {
        if buffer.readableBytes == 0 {
            buffer = bytes
        } else {
            buffer.writeBuffer(&bytes)
        }
    }

    /// The next frame; nil when its rest is still to come.
    mutating func next(byteCountMax: Int) throws(FrameError) -> InboundFrame? {
        guard let frame = try Frame.next(from: &buffer, byteCountMax: byteCountMax) else {
            return nil
        }
        let plain = try FrameDecompressor.plainBody(of: frame, plainByteCountMax: byteCountMax)
        return InboundFrame(frame.header, body: plain)
    }

    /// To be called when `next` has no more: lets go of what was read, but for the part of a frame.
    mutating func endBurst() {
        guard buffer.readableBytes > 0 else {
            buffer = ByteBuffer()
            return
        }
        guard buffer.readerIndex > 0 else { return }
        let length = buffer.getInteger(at: buffer.readerIndex, endianness: .little, as: UInt32.self)
        let wanted = min(Int(length ?? 0) + FrameHeader.lengthByteCount, Self.partialByteCount)
        var rest = ByteBufferAllocator().buffer(capacity: max(wanted, buffer.readableBytes))
        rest.writeBuffer(&buffer)
        buffer = rest
    }
}
