// SPDX-License-Identifier: MIT

package import NIOCore

extension NIODeadline {
    /// Whether it is over; the clock is not asked for one that never is.
    package var hasPassed: Bool { self != .distantFuture && self <= .now() }
}
