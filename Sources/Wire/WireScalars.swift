// SPDX-License-Identifier: MIT
import NIOCore
import Orders

/// Writes fields of fixed size that follow each other, with one look at the buffer: each write into
/// a `ByteBuffer` asks anew whether its memory is shared and large enough.
struct WireScalars {
    private let bytes: UnsafeMutableRawBufferPointer
    private var offset = 0

    fileprivate init(_ bytes: UnsafeMutableRawBufferPointer) {
        self.bytes = bytes
    }

    mutating func write<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) {
        bytes.storeBytes(of: value.littleEndian, toByteOffset: offset, as: T.self)
        offset += MemoryLayout<T>.size
    }

    mutating func write(_ value: Bool) { write(value ? 1 : 0 as UInt8) }

    mutating func write(_ value: UniqueID) {
        write(value.high)
        write(value.low)
    }
}

extension ByteBuffer {
    /// - Parameter body: writes exactly `byteCount` bytes.
    mutating func writeWireScalars(byteCount: Int, _ body: (inout WireScalars) -> Void) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: byteCount) { bytes in
            var scalars = WireScalars(bytes)
            body(&scalars)
            return byteCount
        }
    }
}
