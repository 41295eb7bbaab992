// SPDX-License-Identifier: MIT

/// A point in time: nanoseconds since the Unix epoch, leap seconds not counted.
///
/// Reaches from the year 1677 to 2262. Arithmetic stops at both ends and does not overflow, so that
/// a duration taken from a peer can never trap.
package struct MeshInstant: Hashable, Comparable, Sendable {
    package var nanoseconds: Int64

    package static let epoch = MeshInstant(nanoseconds: 0)
    package static let distantFuture = MeshInstant(nanoseconds: .max)

    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// From Unix milliseconds, as times travel on the wire; later than `distantFuture` becomes it.
    package init(milliseconds: UInt64) {
        let (product, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        nanoseconds = overflow ? .max : Int64(clamping: product)
    }

    /// Unix milliseconds, rounded down; zero for times before the epoch.
    package var milliseconds: UInt64 { nanoseconds > 0 ? UInt64(nanoseconds / 1_000_000) : 0 }

    package static func < (left: MeshInstant, right: MeshInstant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    package static func + (instant: MeshInstant, duration: Duration) -> MeshInstant {
        let change = duration.wholeNanoseconds
        let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(change)
        guard overflow else { return MeshInstant(nanoseconds: sum) }
        return MeshInstant(nanoseconds: change < 0 ? .min : .max)
    }

    package static func - (instant: MeshInstant, duration: Duration) -> MeshInstant {
        instant + (Duration.zero - duration)
    }

    package static func - (later: MeshInstant, earlier: MeshInstant) -> Duration {
        let (difference, overflow) =
            later.nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
        return .nanoseconds(overflow ? (later > earlier ? .max : .min) : difference)
    }

    package static func += (instant: inout MeshInstant, duration: Duration) {
        instant = instant + duration
    }
}
