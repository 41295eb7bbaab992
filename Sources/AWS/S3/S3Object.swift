// SPDX-License-Identifier: MIT

/// An object as S3 hands it out.
package struct S3Object: Equatable, Sendable {
    package let bytes: [UInt8]
    package let contentType: String

    /// The checksum that S3 verified when the object was put, in base64; nil when it kept none.
    package let checksum: String?
}
