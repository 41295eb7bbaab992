// SPDX-License-Identifier: MIT
import FrameCompression
import NIOCore
import Wire

/// One frame as it lies in what was read; valid while that is.
struct FrameView {
    let opcode: UInt16
    let flags: FrameFlags
    let correlation: UInt64
    /// As it came: compressed, if the flags say so.
    let body: UnsafeRawBufferPointer

    static let correlationOffset = FrameHeader.lengthByteCount + 8
    private static let flagsOffset = FrameHeader.lengthByteCount + 1
    private static let opcodeOffset = FrameHeader.lengthByteCount + 2
    private static let bodyOffset = FrameHeader.lengthByteCount + FrameHeader.byteCount

    /// The frame at the front of `bytes` and how long it is; nil when its rest is still to come.
    static func first(of bytes: UnsafeRawBufferPointer) -> (frame: FrameView, byteCount: Int)? {
        guard bytes.count >= bodyOffset else { return nil }
        let length = UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self))
        let end = FrameHeader.lengthByteCount + Int(length)
        guard end >= bodyOffset, bytes.count >= end else { return nil }
        let opcode = bytes.loadUnaligned(fromByteOffset: opcodeOffset, as: UInt16.self)
        let correlation = bytes.loadUnaligned(fromByteOffset: correlationOffset, as: UInt64.self)
        let frame = FrameView(
            opcode: UInt16(littleEndian: opcode),
            flags: FrameFlags(rawValue: bytes[flagsOffset]),
            correlation: UInt64(littleEndian: correlation),
            body: UnsafeRawBufferPointer(rebasing: bytes[bodyOffset..<end]))
        return (frame, end)
    }

    /// Hands `body` the same frame, its body plain.
    ///
    /// - Parameter bytes: the whole frame.
    static func withPlain(
        _ bytes: UnsafeRawBufferPointer, _ body: (FrameView) -> Void
    ) throws(FrameError) {
        var buffer = ByteBuffer(bytes: bytes)
        let byteCountMax = WireLimits.frameByteCountMax
        guard let frame = try Frame.next(from: &buffer, byteCountMax: byteCountMax) else { return }
        let plain = try FrameDecompressor.plainBody(of: frame, plainByteCountMax: byteCountMax)
        plain.withUnsafeReadableBytes {
            body(
                FrameView(
                    opcode: frame.header.opcode, flags: [], correlation: frame.header.correlation,
                    body: $0))
        }
    }
}
