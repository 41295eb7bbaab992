// SPDX-License-Identifier: MIT

import Glibc
package import Orders

/// The machine's clock.
package struct WallClock: MeshClock {
    package init() {}

    package func now() -> MeshInstant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return MeshInstant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}
