// SPDX-License-Identifier: MIT
import HTTPTypes
import Hummingbird
import Orders
import SimulatedMachine
import Testing
import Wire

@testable import Ingest

/// When clients that were refused are told to come back, and how HTTP puts it.
@Suite struct ReturnPauseTests {
    private static func refused(
        _ scope: Scope, retryAfter: UInt32, window: UInt32 = 0
    ) -> Decision {
        Decision(
            granted: false, scope: scope, limit: 200, remaining: 0, resetMilliseconds: 2_000,
            retryAfterMilliseconds: retryAfter, windowSeconds: window, held: false)
    }

    @Test(arguments: [UInt32(1), 10, 1_000, 7_777, 60_000])
    func `those who are refused together come back one after the other, none too early`(
        wait: UInt32
    ) throws {
        var random = SplitMix64(seed: UInt64(wait))
        let decision = Self.refused(.tenant, retryAfter: wait, window: 4)
        let earliest = Duration.milliseconds(Int64(wait))
        // Half of what fills the bucket, or half as long again; within bounds.
        let width = min(max(earliest / 2, .seconds(2)), .seconds(30))
        let pauses = try (0..<1_000).map { _ in
            try #require(Refusal(decision, using: &random)?.retryAfter)
        }
        #expect(pauses.allSatisfy { $0 >= earliest && $0 <= earliest + width })
        for tenth in 0..<10 {
            let slice = earliest + width * tenth / 10...earliest + width * (tenth + 1) / 10
            let count = pauses.count { slice.contains($0) }
            #expect((50...150).contains(count), "\(count) of a thousand in tenth \(tenth)")
        }
    }

    @Test(arguments: [Scope.tenant, .global, .unavailable, .concurrency])
    func `whatever the limiter refuses for, the time is spread`(scope: Scope) throws {
        var random = SplitMix64(seed: 1)
        let pauses = (0..<20).map { _ in
            Refusal(Self.refused(scope, retryAfter: 400), using: &random)?.retryAfter
        }
        #expect(Set(pauses).count == 20)
    }

    @Test func `nobody who was sent away comes back with all the others`() throws {
        let pauses: [(Refusal, Duration)] = (0..<20).flatMap { _ in
            [
                (.away("The database"), .seconds(2)), (.tooManyWatchers, .seconds(5)),
                (.tooManyWaiting, .seconds(1)),
            ]
        }
        for (refusal, earliest) in pauses {
            let pause = try #require(refusal.retryAfter)
            #expect(pause >= earliest && pause <= earliest * 3 / 2)
        }
        #expect(Set(pauses.map(\.0.retryAfter)).count == pauses.count)
    }

    @Test(arguments: [1, 999, 1_000, 1_001, 59_999, 60_000])
    func `header and document say the same time, the header in whole seconds`(
        milliseconds: Int64
    ) throws {
        let refusal = Refusal(.overloaded, "x", retryAfter: .milliseconds(milliseconds))
        let document = ProblemDocument(
            refusal, status: .serviceUnavailable, trace: TraceID(UniqueID(high: 0, low: 1)))
        #expect(document.retryAfterMilliseconds == UInt32(milliseconds))
        let response = try refusal.response(trace: TraceID(UniqueID(high: 0, low: 1)))
        let seconds = try #require(response.headers[.retryAfter].flatMap(Int64.init))
        #expect(seconds == (milliseconds + 999) / 1_000)
    }

    // MARK: - RateLimit and RateLimit-Policy

    private static func fields(
        _ decision: Decision, retryAfter: Duration? = nil
    ) -> [String?] {
        var fields = HTTPFields()
        fields.add(Quota(decision), retryAfter: retryAfter)
        return [fields[.rateLimit], fields[.rateLimitPolicy]]
    }

    private static func granted(remaining: UInt32, reset: UInt32) -> Decision {
        Decision(
            granted: true, scope: .tenant, limit: 10, remaining: remaining,
            resetMilliseconds: reset, retryAfterMilliseconds: 0, windowSeconds: 35, held: false)
    }

    @Test func `a bucket is the burst and the seconds in which it fills`() {
        #expect(
            Self.fields(Self.granted(remaining: 4, reset: 20_900))
                == [#""tenant";r=4;t=4"#, #""tenant";q=10;w=35"#])
        #expect(
            Self.fields(Self.granted(remaining: 9, reset: 1_001))
                == [#""tenant";r=9;t=2"#, #""tenant";q=10;w=35"#])
        #expect(
            Self.fields(Self.granted(remaining: 10, reset: 0))
                == [#""tenant";r=10;t=0"#, #""tenant";q=10;w=35"#])
    }

    @Test func `a refusal by the bucket names the time of Retry-After`() {
        #expect(
            Self.fields(
                Self.refused(.tenant, retryAfter: 10, window: 2), retryAfter: .milliseconds(2_100))
                == [#""tenant";r=0;t=3"#, #""tenant";q=200;w=2"#])
    }

    @Test func `slots are concurrent requests, without a window`() {
        #expect(
            Self.fields(Self.refused(.concurrency, retryAfter: 40), retryAfter: .milliseconds(52))
                == [#""concurrency";r=0;t=1"#, #""concurrency";q=200;qu="concurrent-requests""#])
    }
}
