// SPDX-License-Identifier: MIT
import Checksum
import NIOCore
import Wire

/// A request's frame, encoded once and then only patched: a benchmark's client must cost little
/// beside the daemon that it measures, with which it shares the processors.
struct FrameTemplate {
    private var bytes: ContiguousArray<UInt8>

    private static let bodyOffset = FrameHeader.lengthByteCount + FrameHeader.byteCount
    private static let checksumOffset = bodyOffset - MemoryLayout<UInt32>.size

    init(_ message: some WireMessage) {
        var buffer = ByteBuffer()
        let opcode = type(of: message).opcode.rawValue
        Frame.append(message, header: FrameHeader(opcode: opcode, correlation: 0), to: &buffer)
        bytes = ContiguousArray(buffer.readableBytesView)
    }

    /// Writes `value` over the body at `offset`, and the checksum anew.
    mutating func patch(_ value: UInt64, at offset: Int) {
        patch(from: value, at: CollectionOfOne(offset))
    }

    /// Writes `first` and the numbers that follow it over the body at `offsets`, and the checksum anew.
    mutating func patch(from first: UInt64, at offsets: some Collection<Int>) {
        bytes.withUnsafeMutableBytes { bytes in
            var value = first
            for offset in offsets {
                bytes.storeBytes(
                    of: value.littleEndian, toByteOffset: Self.bodyOffset + offset, as: UInt64.self)
                value += 1
            }
            let body = UnsafeRawBufferPointer(rebasing: bytes[Self.bodyOffset...])
            bytes.storeBytes(
                of: CRC32C.checksum(body).littleEndian, toByteOffset: Self.checksumOffset,
                as: UInt32.self)
        }
    }

    func append(to buffer: inout ByteBuffer, correlation: UInt64) {
        let start = buffer.writerIndex
        bytes.withUnsafeBytes { _ = buffer.writeBytes($0) }
        buffer.setInteger(
            correlation, at: start + FrameView.correlationOffset, endianness: .little)
    }
}
