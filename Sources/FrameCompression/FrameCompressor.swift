// SPDX-License-Identifier: MIT
import CLZ4
package import NIOCore
import Wire

/// Compresses bodies that shrink: `protocol/framing.md`, section 3.
///
/// Owns the state of the LZ4 stream, so that a short body does not pay for clearing a new one:
/// one compressor for each event loop.
package final class FrameCompressor {
    private let stream: UnsafeMutablePointer<LZ4_stream_t>

    /// Above this, LZ4's own choice of table beats a reused stream (measured).
    private static let streamByteCountMax = 4096

    /// Traps when there is no memory for 16 KiB.
    package init() {
        guard let stream = LZ4_createStream() else { preconditionFailure("no memory for LZ4") }
        self.stream = stream
    }

    deinit { LZ4_freeStream(stream) }

    /// Compresses the body of the frame that ends `buffer`, unless it is short or saves less than an
    /// eighth.
    ///
    /// - Parameter bodyStart: what `Frame.append` returned.
    package func compressLast(in buffer: inout ByteBuffer, bodyStart: Int) {
        let plainByteCount = buffer.writerIndex - bodyStart
        guard plainByteCount >= WireLimits.compressionThresholdByteCount,
            let compressed = compress(buffer, bodyStart, plainByteCount)
        else { return }
        Frame.replaceBody(at: bodyStart, by: compressed, in: &buffer)
    }

    /// The plain length and the block, or nil when that is not short enough.
    private func compress(_ buffer: ByteBuffer, _ start: Int, _ count: Int) -> ByteBuffer? {
        // Room for seven eighths only: LZ4 gives up as soon as it needs more.
        let capacity = count - count / 8 - 4
        var output = ByteBufferAllocator().buffer(capacity: capacity + 4)
        output.writeInteger(UInt32(count), endianness: .little)
        let written = buffer.withUnsafeReadableBytes { readable in
            let plain = UnsafeRawBufferPointer(
                rebasing: readable[(start - buffer.readerIndex)...].prefix(count))
            return output.writeWithUnsafeMutableBytes(minimumWritableBytes: capacity) { room in
                block(of: plain, into: UnsafeMutableRawBufferPointer(rebasing: room[..<capacity]))
            }
        }
        return written > 0 ? output : nil
    }

    /// The size of the block, or 0 when it does not fit.
    private func block(
        of plain: UnsafeRawBufferPointer, into room: UnsafeMutableRawBufferPointer
    ) -> Int {
        let source = plain.assumingMemoryBound(to: CChar.self).baseAddress
        let target = room.assumingMemoryBound(to: CChar.self).baseAddress
        if plain.count > Self.streamByteCountMax {
            return Int(LZ4_compress_default(source, target, Int32(plain.count), Int32(room.count)))
        }
        LZ4_resetStream_fast(stream)
        return Int(
            LZ4_compress_fast_continue(
                stream, source, target, Int32(plain.count), Int32(room.count), 1))
    }
}
