// SPDX-License-Identifier: MIT

import Testing

@testable import Sessions

@Suite struct ReconnectPolicyTests {
    private struct Most: RandomNumberGenerator {
        mutating func next() -> UInt64 { .max }
    }

    /// Not 0, which the standard library rejects for ever.
    private struct Least: RandomNumberGenerator {
        mutating func next() -> UInt64 { 1 }
    }

    @Test(arguments: [(1, 50), (2, 100), (3, 200), (7, 3200), (8, 5000), (1000, 5000)])
    func `a delay doubles from 50 ms to 5 s at most`(_ failureCount: Int, _ milliseconds: Int) {
        var most = Most()
        let delay = ReconnectPolicy().delay(afterFailures: failureCount, using: &most)
        #expect(delay <= .milliseconds(milliseconds))
        #expect(delay > .milliseconds(milliseconds) * 0.99)
    }

    @Test func `full jitter reaches down to nothing`() {
        var least = Least()
        #expect(ReconnectPolicy().delay(afterFailures: 9, using: &least) == .zero)
    }
}
