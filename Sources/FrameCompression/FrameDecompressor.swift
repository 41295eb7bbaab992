// SPDX-License-Identifier: MIT
import CLZ4
package import NIOCore
package import Wire

/// Turns the body of a frame into its plain form and checks it.
package enum FrameDecompressor {
    /// The plain, verified body of `frame`.
    ///
    /// Claims are checked before memory is taken for them: a plain length over `plainByteCountMax`, or
    /// over what LZ4 can make of the block, is a bomb.
    package static func plainBody(
        of frame: Frame, plainByteCountMax: Int
    ) throws(FrameError) -> ByteBuffer {
        guard frame.header.flags.contains(.compressed) else {
            try frame.verify(plain: frame.body)
            return frame.body
        }
        let plain = try decompress(frame.body, plainByteCountMax: plainByteCountMax)
        try frame.verify(plain: plain)
        return plain
    }

    private static func decompress(
        _ body: ByteBuffer, plainByteCountMax: Int
    ) throws(FrameError) -> ByteBuffer {
        var block = body
        guard let claimed = block.readInteger(endianness: .little, as: UInt32.self)
        else { throw .badBlock }
        let plainByteCount = Int(claimed)
        let max = min(plainByteCountMax, block.readableBytes * WireLimits.plainRatioMax)
        guard plainByteCount <= max else { throw .bomb(plainByteCount: plainByteCount, max: max) }
        guard plainByteCount > 0 else { throw .badBlock }
        var plain = ByteBufferAllocator().buffer(capacity: plainByteCount)
        let written = block.withUnsafeReadableBytes { source in
            plain.writeWithUnsafeMutableBytes(minimumWritableBytes: plainByteCount) { room in
                max0(
                    LZ4_decompress_safe(
                        source.assumingMemoryBound(to: CChar.self).baseAddress,
                        room.assumingMemoryBound(to: CChar.self).baseAddress,
                        Int32(source.count), Int32(plainByteCount)))
            }
        }
        guard written == plainByteCount else { throw .badBlock }
        return plain
    }

    /// LZ4 tells errors by negative numbers; as a count of bytes written they are none.
    private static func max0(_ written: Int32) -> Int { Int(max(0, written)) }
}
