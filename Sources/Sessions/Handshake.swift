// SPDX-License-Identifier: MIT

package import Wire

/// What HELLO says of us: `protocol/handshake.md`.
package enum Handshake {
    /// `OMSH`, read as bytes.
    package static let magic: UInt32 = 0x4853_4D4F
    /// The one version spoken.
    package static let version: UInt16 = 1
}

extension Hello {
    /// What a client of ours says.
    /// - Parameter name: for the server's logs.
    package static func ours(named name: String, limits: SessionLimits = .init()) -> Hello {
        Hello(
            magic: Handshake.magic, versionMin: Handshake.version, versionMax: Handshake.version,
            features: 0, frameByteCountMax: UInt32(limits.frameByteCountMax),
            inFlightMax: UInt32(limits.inFlightMax), name: name)
    }
}
