// SPDX-License-Identifier: MIT

/// A frame that breaks the framing itself: fatal to the session.
package enum FrameError: Error, Equatable, Sendable {
    /// The length leaves no room for the header.
    case tooShort(byteCount: Int)
    /// Over the limit in force.
    case tooLong(byteCount: Int, max: Int)
    case unknownVersion(UInt8)
    case unknownFlags(UInt8)
    case badChecksum(expected: UInt32, found: UInt32)
    /// The block is damaged, or its plain length is not what it claims.
    case badBlock
    /// The plain length claimed is over the frame limit, or more than LZ4 can make of the block.
    case bomb(plainByteCount: Int, max: Int)
}

extension FrameError {
    /// The code that tells the peer.
    package var code: WireErrorCode {
        switch self {
        case .tooShort, .unknownFlags: .badFrame
        case .tooLong: .frameTooLong
        case .unknownVersion: .unsupportedVersion
        case .badChecksum: .badChecksum
        case .badBlock, .bomb: .badCompression
        }
    }
}

extension FrameError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooShort(let count): "a frame of \(count) bytes has no room for its header"
        case .tooLong(let count, let max): "a frame of \(count) bytes, at most \(max)"
        case .unknownVersion(let version): "framing version \(version), not 1"
        case .unknownFlags(let flags): "unknown flags \(flags)"
        case .badChecksum(let expected, let found):
            "checksum \(found) of the body, \(expected) in the header"
        case .badBlock: "a damaged LZ4 block"
        case .bomb(let count, let max): "a plain length of \(count) bytes, at most \(max)"
        }
    }
}
