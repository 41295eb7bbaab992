// SPDX-License-Identifier: MIT

/// What HELLO says of us: `protocol/handshake.md`.
enum Handshake {
    /// `OMSH`, read as bytes.
    static let magic: UInt32 = 0x4853_4D4F
    /// The one version spoken.
    static let version: UInt16 = 1
}
