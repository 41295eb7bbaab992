// SPDX-License-Identifier: MIT
import Glibc
package import Orders

/// The wall clock of the start, moved on by the machine's own time since boot: a step of the wall
/// clock while the limiter runs neither mints tokens nor starves anybody.
package struct SteadyClock: MeshClock {
    private let offset: Int64

    package init(start: MeshInstant) {
        offset = start.nanoseconds - Self.sinceBoot()
    }

    package func now() -> MeshInstant { MeshInstant(nanoseconds: offset + Self.sinceBoot()) }

    private static func sinceBoot() -> Int64 {
        var time = timespec()
        // Counts a suspended machine's sleep as well.
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
