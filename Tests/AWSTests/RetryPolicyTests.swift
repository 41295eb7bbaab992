// SPDX-License-Identifier: MIT
import Testing

@testable import AWS

@Suite struct RetryPolicyTests {
    private let policy = RetryPolicy(attemptsMax: 10)

    private func error(_ code: AWSError.Code) -> AWSError {
        AWSError(code: code, effect: .notApplied, message: "")
    }

    @Test func `the wait doubles up to its maximum, and jitter takes a share of it`() {
        let waits = (1..<10).map {
            policy.wait(after: $0, failedWith: error(.throttled), jitter: 0.5)
        }
        #expect(
            waits == [
                .milliseconds(500), .seconds(1), .seconds(2), .seconds(4), .seconds(8),
                .seconds(10), .seconds(10), .seconds(10), .seconds(10),
            ])
    }

    @Test func `after the last attempt there is no wait`() {
        #expect(policy.wait(after: 10, failedWith: error(.throttled), jitter: 0) == nil)
    }

    @Test func `only what may pass by itself is tried again`() {
        let retried = AWSError.Code.allCases.filter {
            policy.wait(after: 1, failedWith: error($0), jitter: 1) != nil
        }
        #expect(retried == [.throttled, .unavailable, .timedOut])
    }

    @Test func `a hundred failed retries use up the quota, and successes refill it`() {
        var quota = RetryQuota()
        let granted = (0..<101).map { _ in quota.take(for: .unavailable) }
        #expect(granted == Array(repeating: true, count: 100) + [false])
        for _ in 0..<5 { quota.succeeded(lastRetryAfter: nil) }
        let isGrantedAgain = quota.take(for: .unavailable)
        #expect(isGrantedAgain)
        quota.succeeded(lastRetryAfter: .timedOut)
        #expect(quota.available == 10)
        for _ in 0..<1_000 { quota.succeeded(lastRetryAfter: .throttled) }
        #expect(quota.available == RetryQuota.capacity)
    }
}
