// SPDX-License-Identifier: MIT
import Checksum

/// What precedes a payload: u32 length of type and payload · u32 checksum of both · u8 type.
///
/// The checksum stands alone, so that one record can be checked when its message is read back; the
/// chain runs through the batches.
struct RecordHeader {
    let length: UInt32
    let checksum: UInt32
    let type: RecordType

    /// Length and checksum.
    static let prefixByteCount = 8
    /// All that precedes the payload.
    static let byteCount = prefixByteCount + 1

    /// Reads the header at `offset`; nil when the record would reach beyond `end`.
    init?(_ bytes: UnsafeRawBufferPointer, at offset: Int, end: Int) {
        guard offset + Self.byteCount <= end else { return nil }
        length = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        checksum = UInt32(
            littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self))
        type = RecordType(rawValue: bytes[offset + 8])
        guard length >= 1, offset + byteCount <= end else { return nil }
    }

    /// Of the whole record.
    var byteCount: Int { Self.prefixByteCount + Int(length) }

    func payload(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UnsafeRawBufferPointer {
        .init(rebasing: bytes[offset + Self.byteCount..<offset + byteCount])
    }

    func computeChecksum(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt32 {
        CRC32C.checksum(
            .init(rebasing: bytes[offset + Self.prefixByteCount..<offset + byteCount]))
    }
}
