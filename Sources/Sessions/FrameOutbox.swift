// SPDX-License-Identifier: MIT

import FrameCompression
import NIOCore
import Wire

/// Frames on their way out, gathered until one write takes them all.
struct FrameOutbox {
    private var buffer = ByteBuffer()
    private let compressor: FrameCompressor
    /// Longest frame that the peer takes.
    var frameByteCountMax: Int

    init(compressor: FrameCompressor, frameByteCountMax: Int) {
        self.compressor = compressor
        self.frameByteCountMax = frameByteCountMax
    }

    var byteCount: Int { buffer.readableBytes }

    /// Appends a frame, compressed when that pays.
    /// - Returns: false when it is longer than the peer takes; nothing is then appended.
    mutating func append(_ message: some WireMessage, header: FrameHeader) -> Bool {
        let start = buffer.writerIndex
        let bodyStart = Frame.append(message, header: header, to: &buffer)
        // The limit holds for the plain body too: the peer would refuse it as a bomb.
        guard buffer.writerIndex - start - FrameHeader.lengthByteCount <= frameByteCountMax else {
            buffer.moveWriterIndex(to: start)
            return false
        }
        compressor.compressLast(in: &buffer, bodyStart: bodyStart)
        return true
    }

    /// Appends frames that another outbox to the same peer has gathered.
    mutating func append(_ frames: consuming ByteBuffer) {
        buffer.writeBuffer(&frames)
    }

    /// Gives all of it away, before it is written: a write that fails ends the session before it
    /// returns, and what comes of that finds the outbox as it is then.
    mutating func take() -> ByteBuffer? {
        guard buffer.readableBytes > 0 else { return nil }
        defer { buffer = ByteBuffer() }
        return buffer
    }

    /// Takes back the memory of what was written, for the next burst.
    mutating func reuse(_ written: consuming ByteBuffer) {
        guard buffer.capacity == 0, written.capacity <= SessionLimits.keptBufferByteCountMax else {
            return
        }
        written.clear()
        buffer = written
    }
}
