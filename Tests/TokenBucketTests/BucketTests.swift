// SPDX-License-Identifier: MIT
import Orders
import Testing
import TokenBucket

@Suite struct BucketTests {
    private let start = MeshInstant(nanoseconds: 1_790_000_000_000_000_000)

    private func bucket(_ perSecond: UInt32, _ burst: UInt32) -> Bucket {
        Bucket(
            rate: BucketRate(perSecond: perSecond, burst: burst), arrival: .epoch,
            horizon: .distantFuture)
    }

    private func decision(_ outcome: Bucket.Outcome) throws -> Decision {
        guard case .decided(let decision) = outcome else {
            throw Unexpected(outcome: outcome)
        }
        return decision
    }

    private struct Unexpected: Error { let outcome: Bucket.Outcome }

    @Test func `a full bucket grants its burst at once and then says when to come back`() throws {
        let bucket = bucket(10, 5)
        for left in (0..<5).reversed() {
            let granted = try decision(bucket.take(1, at: start))
            #expect(granted.isGranted)
            #expect(granted.remaining == UInt32(left))
        }
        let refused = try decision(bucket.take(1, at: start + .milliseconds(30)))
        #expect(!refused.isGranted)
        #expect(refused.limit == 5)
        #expect(refused.retryAfter == .milliseconds(70))
        #expect(refused.reset == .milliseconds(470))
        #expect(try decision(bucket.take(1, at: start + .milliseconds(100))).isGranted)
    }

    @Test func `a take of several tokens is granted whole or not at all`() throws {
        let bucket = bucket(10, 5)
        #expect(try decision(bucket.take(3, at: start)).isGranted)
        #expect(try !decision(bucket.take(3, at: start)).isGranted)
        #expect(try decision(bucket.take(2, at: start)).isGranted)
    }

    @Test func `a cost above the burst is refused for ever`() throws {
        let refused = try decision(bucket(10, 5).take(6, at: start))
        #expect(!refused.isGranted)
        #expect(refused.retryAfter == .nanoseconds(Int64.max))
        #expect(refused.retryAfterMilliseconds == .max)
        #expect(try !decision(bucket(1, .max).take(.max, at: .distantFuture)).isGranted)
    }

    @Test func `a peek takes nothing`() throws {
        let bucket = bucket(1, 2)
        for _ in 0..<10 { #expect(try decision(bucket.take(0, at: start)).remaining == 2) }
        #expect(try decision(bucket.take(2, at: start)).isGranted)
        let peek = try decision(bucket.take(0, at: start))
        #expect(!peek.isGranted)
        #expect(peek.retryAfter == .seconds(1))
    }

    @Test func `a rate of zero grants nothing`() throws {
        #expect(try !decision(bucket(0, 100).take(1, at: start)).isGranted)
    }

    @Test(
        arguments: [
            (rate: 100, burst: 200, seconds: 2), (7, 7, 1), (3, 10, 4), (1, 1, 1),
            (1_000_000, 1, 1),
            (10_000_000, 10_000_000, 1), (1, 10_000_000, 10_000_000), (1_000_000_000, 1, 1),
        ] as [(UInt32, UInt32, UInt32)])
    func `a bucket's window is the time in which it fills, in whole seconds`(
        rate: UInt32, burst: UInt32, seconds: UInt32
    ) {
        #expect(BucketRate(perSecond: rate, burst: burst).windowSeconds == seconds)
    }

    @Test func `a clock that steps back mints nothing`() throws {
        let bucket = bucket(10, 5)
        #expect(try decision(bucket.take(5, at: start)).isGranted)
        #expect(try !decision(bucket.take(1, at: start - .seconds(3600))).isGranted)
        #expect(try !decision(bucket.take(1, at: start)).isGranted)
    }

    @Test func `another plan keeps the tokens that are spent, however fast they come back`() throws
    {
        let slow = bucket(1, 100)
        slow.cover(through: .distantFuture)
        #expect(try decision(slow.take(100, at: start)).isGranted)
        // A hundred tokens are missing: a hundred seconds before, a tenth of one now.
        let fast = try #require(
            slow.replaced(by: BucketRate(perSecond: 1000, burst: 100), at: start, edition: 1))
        #expect(slow.take(1, at: start) == .retired)
        #expect(slow.replaced(by: slow.rate, at: start, edition: 1) == nil)
        fast.cover(through: .distantFuture)
        #expect(try !decision(fast.take(1, at: start)).isGranted)
        #expect(try decision(fast.take(50, at: start + .milliseconds(50))).isGranted)
        #expect(try !decision(fast.take(1, at: start + .milliseconds(50))).isGranted)
        let slower = try #require(
            fast.replaced(
                by: BucketRate(perSecond: 2, burst: 60), at: start + .milliseconds(100), edition: 1)
        )
        slower.cover(through: .distantFuture)
        #expect(try decision(slower.take(10, at: start + .milliseconds(100))).isGranted)
        #expect(try !decision(slower.take(1, at: start + .milliseconds(100))).isGranted)
    }

    @Test func `a bucket of another plan owes nothing beyond its standing lease uncovered`() throws
    {
        let fast = bucket(1000, 1000)
        #expect(try decision(fast.take(250, at: start)).isGranted)
        #expect(!fast.isUncovered(at: start))
        let slow = try #require(
            fast.replaced(by: BucketRate(perSecond: 1, burst: 500), at: start, edition: 1))
        #expect(slow.isUncovered(at: start))
        #expect(slow.take(1, at: start) == .uncovered)
    }

    @Test func `a checkpoint of another plan is resumed by its tokens`() throws {
        let checkpoint = Bucket.Checkpoint(
            arrival: start + .seconds(40), interval: BucketRate(perSecond: 1, burst: 100).interval)
        let bucket = Bucket.resumed(
            rate: BucketRate(perSecond: 1000, burst: 100), checkpoint: checkpoint, start: start,
            isClean: true)
        bucket.cover(through: .distantFuture)
        #expect(try decision(bucket.take(60, at: start)).isGranted)
        #expect(try !decision(bucket.take(1, at: start)).isGranted)
    }

    @Test func `only a full bucket can be retired and a retired one answers nothing`() throws {
        let bucket = bucket(10, 5)
        #expect(try decision(bucket.take(1, at: start)).isGranted)
        #expect(!bucket.retireIfFull(at: start + .milliseconds(99)))
        #expect(bucket.retireIfFull(at: start + .milliseconds(100)))
        #expect(bucket.take(1, at: start + .seconds(1)) == .retired)
        #expect(bucket.take(0, at: start + .seconds(1)) == .retired)
    }

    @Test(arguments: 0..<UInt64(60))
    func `grants in any window stay under burst plus rate times window`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let perSecond = UInt32.random(in: 1...5000, using: &random)
        let burst = UInt32.random(in: 1...200, using: &random)
        let bucket = bucket(perSecond, burst)
        let step = 2_000_000_000 / Int64(perSecond)
        var now = start
        var schedule = Schedule()
        for _ in 0..<600 {
            // Bursts, pauses, and a clock that sometimes steps back.
            now += .nanoseconds(Int64.random(in: -step / 8...step, using: &random))
            if random.next() % 50 == 0 { now += .nanoseconds(step * Int64(burst)) }
            let cost = UInt32.random(in: 1...max(1, burst / 4), using: &random)
            if try decision(bucket.take(cost, at: now)).isGranted { schedule.add(cost, at: now) }
        }
        #expect(!schedule.grants.isEmpty)
        #expect(schedule.excess(perSecond: perSecond, burst: burst) <= 0)
    }

    @Test(arguments: 0..<UInt64(8))
    func `the ceiling holds when many threads take at once`(seed: UInt64) async {
        let bucket = bucket(100_000, 50)
        let clock = StepClock(start: start)
        let schedule = await withTaskGroup(of: Schedule.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    var random = SplitMix(seed: seed * 16 + UInt64(worker))
                    var mine = Schedule()
                    for _ in 0..<2000 {
                        let instant = clock.advance(by: random.next() % 5000)
                        guard case .decided(let decision) = bucket.take(1, at: instant),
                            decision.isGranted
                        else { continue }
                        mine.add(1, at: instant)
                    }
                    return mine
                }
            }
            return await group.reduce(into: Schedule()) { $0.add($1) }
        }
        #expect(schedule.grants.count > 50)
        #expect(schedule.excess(perSecond: 100_000, burst: 50) <= 0)
    }
}
