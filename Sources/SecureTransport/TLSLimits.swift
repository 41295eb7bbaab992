// SPDX-License-Identifier: MIT

package import NIOCore

/// The named bounds of one secured connection; `protocol/limits.md` has the reasons.
package enum TLSLimits {
    /// A peer that has not finished its handshake by then is closed.
    package static let handshakeDuration = TimeAmount.seconds(10)
    /// After our close_notify the peer has so long to end its side; then the socket is closed.
    package static let lingerDuration = TimeAmount.seconds(1)
    /// The most that one TLS record carries; OpenSSL cuts longer writes itself.
    static let recordByteCountMax = 16 * 1024
    /// A buffer that grew beyond this in a burst is given back, not kept for the next one.
    static let keptBufferByteCountMax = 256 * 1024
}
