// SPDX-License-Identifier: MIT

package import NIOCore
import SecureTransport
import Wire

/// Every bound of a session, on either side. The defaults are those of `protocol/limits.md`.
package struct SessionLimits: Sendable, Equatable {
    /// Longest frame before HELLO is answered.
    package var helloFrameByteCountMax = WireLimits.helloFrameByteCountMax
    /// Longest frame, and longest plain body, afterwards.
    package var frameByteCountMax = WireLimits.frameByteCountMax
    /// Most requests of one session that wait for their answer.
    package var inFlightMax = WireLimits.inFlightMax
    /// A peer that leaves more unread is cut off.
    package var outboundByteCountMax = WireLimits.outboundByteCountMax
    /// With more unread than this, no further request is read from the peer ...
    package var outboundByteCountHigh = 1024 * 1024
    /// ... until it is down to this.
    package var outboundByteCountLow = 256 * 1024
    /// Answers of one burst are passed on whenever so much has gathered.
    package var gatheredByteCountMax = 256 * 1024
    /// Most sessions of one listener; the next connection is closed.
    package var sessionCountMax = 4096
    /// How long a TCP connection may take to be made.
    package var connectDuration = TimeAmount.seconds(5)
    /// How long the TLS handshake may take.
    package var handshakeDuration = TLSLimits.handshakeDuration
    /// How long HELLO, or its answer, may take after the handshake.
    package var helloDuration = TimeAmount.seconds(10)
    /// A peer that was silent so long is closed.
    package var idleDuration = TimeAmount.seconds(30)
    /// A client that heard nothing so long sends a PING.
    package var pingInterval = TimeAmount.seconds(15)
    /// Passed deadlines of calls are noticed together: at most so late.
    package var deadlineInterval = TimeAmount.milliseconds(5)
    /// Most calls of one connection that wait to be written; a further one fails.
    package var waitingCountMax = 65_536

    package init() {}

    /// One read from the socket takes at most so much.
    static let readByteCountMax = 64 * 1024
    /// A buffer that grew beyond this in a burst is given back, not kept for the next one.
    static let keptBufferByteCountMax = 512 * 1024
}
