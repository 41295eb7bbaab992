// SPDX-License-Identifier: MIT
import Orders
import Testing

@Suite struct MeshInstantTests {
    @Test func `adding and subtracting durations are exact to the nanosecond`() {
        let start = MeshInstant(nanoseconds: 1_700_000_000_000_000_001)
        let later = start + .seconds(3) + .nanoseconds(7)
        #expect(later - start == .nanoseconds(3_000_000_007))
        #expect(later - .nanoseconds(3_000_000_007) == start)
    }

    @Test func `arithmetic stops at both ends instead of overflowing`() {
        #expect(MeshInstant.distantFuture + .seconds(1) == .distantFuture)
        let past = MeshInstant(nanoseconds: .min)
        #expect(past - .seconds(Int64.max) == past)
        #expect(MeshInstant(milliseconds: .max) == .distantFuture)
        #expect(MeshInstant.distantFuture - past == .nanoseconds(Int64.max))
    }

    @Test func `milliseconds round down and times before the epoch are zero`() {
        #expect(MeshInstant(nanoseconds: 1_999_999).milliseconds == 1)
        #expect(MeshInstant(nanoseconds: -1).milliseconds == 0)
        #expect(MeshInstant(milliseconds: 42).milliseconds == 42)
    }

    @Test func `delays on the wire round up so that nobody comes early`() {
        #expect(Duration.nanoseconds(1).wireMilliseconds == 1)
        #expect(Duration.milliseconds(5).wireMilliseconds == 5)
        #expect(Duration.seconds(-1).wireMilliseconds == 0)
        #expect(Duration.seconds(Int64.max).wireMilliseconds == .max)
    }
}
