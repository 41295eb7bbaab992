// SPDX-License-Identifier: MIT
package import Orders

/// How many messages leave a queue each second, over the last ten.
package struct DrainMeter: Sendable {
    private var counts = [UInt32](repeating: 0, count: Self.secondCount)
    /// The second, since the epoch, that the newest count is of.
    private var newest: Int64 = 0
    private var oldest: Int64 = 0

    private static let secondCount = 10

    package init() {}

    package mutating func record(_ count: UInt32, at now: MeshInstant) {
        advance(to: now)
        counts[index(newest)] &+= count
    }

    /// The mean rate over the last ten whole seconds, or as many as there were.
    package mutating func perSecond(at now: MeshInstant) -> UInt32 {
        advance(to: now)
        let seconds = min(max(newest - oldest + 1, 1), Int64(Self.secondCount))
        let sum = counts.reduce(UInt64(0)) { $0 + UInt64($1) }
        return UInt32(clamping: sum / UInt64(seconds))
    }

    private mutating func advance(to now: MeshInstant) {
        let second = now.nanoseconds / 1_000_000_000
        if oldest == 0 { (oldest, newest) = (second, second) }
        // A clock set back keeps counting in the newest second.
        while newest < second {
            newest += 1
            counts[index(newest)] = 0
            if second - newest > Int64(Self.secondCount) {
                newest = second - Int64(Self.secondCount)
            }
        }
    }

    private func index(_ second: Int64) -> Int { Int(second % Int64(Self.secondCount)) }
}
