// SPDX-License-Identifier: MIT
import NIOCore
import Wire

/// A golden frame of `protocol/vectors`, as it is written there; the bytes travel with the program.
enum GoldenVector: String, CaseIterable, Sendable {
    case checksum, flags, version
    case lengthLong = "length-long"
    case lengthShort = "length-short"
    case compressionCut = "compression-cut"
    case compressionEmpty = "compression-empty"
    case compressionLong = "compression-long"
    case compressionOffset = "compression-offset"
    case compressionRatio = "compression-ratio"
    case compressionShort = "compression-short"
    case errorFatal = "error-fatal"
    case drain
    case orderPlaced = "order-placed"

    /// The frame, with another correlation where one is given.
    func frame(correlation: UInt64? = nil) -> ByteBuffer {
        var frame = Self.bytes(of: String(decoding: text, as: UTF8.self))
        if let correlation {
            frame.setInteger(correlation, at: Self.correlationOffset, endianness: .little)
        }
        return frame
    }

    private static let correlationOffset = 12

    private var text: [UInt8] {
        switch self {
        case .checksum: PackageResources.checksum_hex
        case .flags: PackageResources.flags_hex
        case .version: PackageResources.version_hex
        case .lengthLong: PackageResources.length_long_hex
        case .lengthShort: PackageResources.length_short_hex
        case .compressionCut: PackageResources.compression_cut_hex
        case .compressionEmpty: PackageResources.compression_empty_hex
        case .compressionLong: PackageResources.compression_long_hex
        case .compressionOffset: PackageResources.compression_offset_hex
        case .compressionRatio: PackageResources.compression_ratio_hex
        case .compressionShort: PackageResources.compression_short_hex
        case .errorFatal: PackageResources.error_fatal_hex
        case .drain: PackageResources.drain_hex
        case .orderPlaced: PackageResources.order_placed_hex
        }
    }

    /// The bytes of annotated hexadecimal: what stands behind `#` is for people.
    private static func bytes(of text: String) -> ByteBuffer {
        var bytes = ByteBuffer()
        for line in text.split(separator: "\n") {
            let pairs = line.prefix { $0 != "#" }.split(separator: " ")
            bytes.writeBytes(pairs.compactMap { UInt8($0, radix: 16) })
        }
        return bytes
    }
}
