// SPDX-License-Identifier: MIT

/// The flags of a frame: `protocol/framing.md`, section 2.
package struct FrameFlags: OptionSet, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The body is a plain length (u32) and one LZ4 block.
    package static let compressed = FrameFlags(rawValue: 1)
    /// Answers the request with the same correlation.
    package static let response = FrameFlags(rawValue: 2)
    /// Sent without having been asked for by this correlation.
    package static let push = FrameFlags(rawValue: 4)

    static let known: FrameFlags = [.compressed, .response, .push]
}
