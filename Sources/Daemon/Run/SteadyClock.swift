// SPDX-License-Identifier: MIT
import Glibc
package import Orders

/// The wall clock of the first start after the machine's own, moved on by the time since boot: a step
/// of the wall clock, while a daemon runs or from one run to the next, moves nothing that it measures:
/// no token is minted, no lease ended, nobody kept waiting. Over a boot of the machine there is nothing
/// to go by but the wall clock.
package struct SteadyClock: MeshClock {
    /// What a process leaves for the next one.
    package struct Origin: Equatable, Sendable {
        /// Which boot of which machine; empty for none.
        package let boot: String
        /// Nanoseconds from that boot's own clock to this one.
        package let offset: Int64

        package init(boot: String, offset: Int64) {
            self.boot = boot
            self.offset = offset
        }
    }

    package let offset: Int64

    /// - Parameters:
    ///   - wall: the wall clock now; used when `origin` is of another boot.
    ///   - boot: the present one.
    package init(wall: MeshInstant, boot: String = currentBoot, resuming origin: Origin? = nil) {
        offset = Self.offset(wall: wall, sinceBoot: Self.sinceBoot(), boot: boot, resuming: origin)
    }

    /// The rule alone, for any machine: nanoseconds from the time since boot to this clock.
    package static func offset(
        wall: MeshInstant, sinceBoot: Int64, boot: String, resuming origin: Origin?
    ) -> Int64 {
        if let origin, !boot.isEmpty, origin.boot == boot { return origin.offset }
        return wall.nanoseconds - sinceBoot
    }

    package func now() -> MeshInstant { MeshInstant(nanoseconds: offset + Self.sinceBoot()) }

    /// Names this boot of this machine, or of its host for a container; empty when it cannot be told.
    package static let currentBoot: String = {
        guard let file = fopen("/proc/sys/kernel/random/boot_id", "r") else { return "" }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 36)
        guard fread(&bytes, 1, bytes.count, file) == bytes.count else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }()

    private static func sinceBoot() -> Int64 {
        var time = timespec()
        // Counts a suspended machine's sleep as well.
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
