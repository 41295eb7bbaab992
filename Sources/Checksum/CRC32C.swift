// SPDX-License-Identifier: MIT
import CChecksum

/// CRC32C (Castagnoli; RFC 3720, appendix B.4), the checksum of every frame and log record.
package enum CRC32C {
    /// The checksum of `bytes`; 0 for none.
    @inlinable
    package static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        update(0, bytes)
    }

    /// The checksum of `bytes`; 0 for none.
    package static func checksum(_ bytes: [UInt8]) -> UInt32 {
        bytes.withUnsafeBytes { checksum($0) }
    }

    /// The checksum of what `checksum` covers followed by `bytes`.
    package static func update(_ checksum: UInt32, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
        mesh_crc32c(checksum, bytes.baseAddress, bytes.count)
    }

    /// `update` by tables alone, as on a processor without the instruction.
    package static func updatePortably(
        _ checksum: UInt32,
        _ bytes: UnsafeRawBufferPointer
    ) -> UInt32 {
        mesh_crc32c_portable(checksum, bytes.baseAddress, bytes.count)
    }
}
