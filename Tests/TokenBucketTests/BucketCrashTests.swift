// SPDX-License-Identifier: MIT
import Orders
import Testing
import TokenBucket

/// Invariant 5: a model of one bucket, its checkpoint on disk, and crashes at random instants.
@Suite struct BucketCrashTests {
    /// A process with its bucket, and the disk that outlives it.
    private struct Model {
        let rate: BucketRate
        var random: SplitMix
        var now = MeshInstant(nanoseconds: 1_790_000_000_000_000_000)
        var durable: MeshInstant?
        var isClean = true
        var pending: MeshInstant?
        var bucket: Bucket
        var schedule = Schedule()
        /// The largest distance by which a restart resumed later than the bucket stood.
        var worstLoss = Duration.zero

        init(seed: UInt64, perSecond: UInt32, burst: UInt32) {
            rate = BucketRate(perSecond: perSecond, burst: burst)
            random = SplitMix(seed: seed)
            bucket = Bucket.resumed(rate: rate, checkpoint: nil, start: now, isClean: true)
            isClean = false
        }

        mutating func step() {
            switch random.next() % 40 {
            case 0: crash()
            case 1: stopInOrder()
            case 2...9: finishWriting()
            case 10: evict()
            default: take()
            }
        }

        private mutating func take() {
            let interval = Int64(rate.interval)
            now += .nanoseconds(Int64.random(in: 0...interval * 2, using: &random))
            if random.next() % 30 == 0 { now += .nanoseconds(interval * Int64(rate.burst) / 2) }
            let cost = UInt32.random(in: 1...max(1, rate.burst / 5), using: &random)
            switch bucket.take(cost, at: now) {
            case .decided(let decision):
                if decision.isGranted { schedule.add(cost, at: now) }
                if bucket.wantsLease(at: now) { pending = bucket.leaseTarget(for: 1, at: now) }
            case .uncovered: pending = bucket.leaseTarget(for: cost, at: now)
            case .retired: Issue.record("the model replaces a bucket when it retires it")
            }
        }

        /// The disk takes the later of two checkpoints, as the statement in Postgres does.
        private mutating func write() {
            guard let target = pending else { return }
            durable = max(durable ?? target, target)
            pending = nil
        }

        private mutating func finishWriting() {
            write()
            if let durable { bucket.cover(through: durable) }
        }

        private mutating func evict() {
            guard bucket.retireIfFull(at: now) else { return }
            bucket = Bucket(rate: rate, arrival: now, horizon: durable)
        }

        private mutating func crash() {
            // What was on its way to the disk may have arrived or not.
            if random.next() % 2 == 0 { write() }
            pending = nil
            let stood = max(bucket.arrivalTime ?? now, now)
            resume(stood: stood)
        }

        private mutating func stopInOrder() {
            pending = nil
            durable = bucket.retire()
            isClean = true
            let stood = max(durable ?? now, now)
            let before = worstLoss
            resume(stood: stood)
            #expect(worstLoss == before, "an orderly stop loses nothing")
        }

        private mutating func resume(stood: MeshInstant) {
            bucket = Bucket.resumed(
                rate: rate,
                checkpoint: durable.map { .init(arrival: $0, interval: rate.interval) },
                start: now, isClean: isClean)
            isClean = false
            let resumed = max(bucket.arrivalTime ?? now, now)
            worstLoss = max(worstLoss, resumed - stood)
        }
    }

    @Test(arguments: 0..<UInt64(200))
    func `no crash, restart or eviction mints a token`(seed: UInt64) {
        var random = SplitMix(seed: seed ^ 0xC0FFEE)
        let perSecond = UInt32.random(in: 1...300, using: &random)
        let burst = UInt32.random(in: 1...400, using: &random)
        var model = Model(seed: seed, perSecond: perSecond, burst: burst)
        for _ in 0..<800 { model.step() }
        #expect(model.schedule.excess(perSecond: perSecond, burst: burst) <= 0)
    }

    @Test(arguments: 0..<UInt64(50))
    func `a restart grants less by at most one lease`(seed: UInt64) {
        var random = SplitMix(seed: seed ^ 0xBEEF)
        let perSecond = UInt32.random(in: 1...300, using: &random)
        let burst = UInt32.random(in: 1...400, using: &random)
        var model = Model(seed: seed, perSecond: perSecond, burst: burst)
        for _ in 0..<800 { model.step() }
        #expect(model.worstLoss > .zero)
        #expect(model.worstLoss <= model.rate.lease(for: max(1, burst / 5)))
    }

    @Test func `a take of the whole burst is covered by the lease that it asks for`() {
        let start = MeshInstant(nanoseconds: 1_790_000_000_000_000_000)
        let bucket = Bucket(rate: BucketRate(perSecond: 1, burst: 2), arrival: .epoch)
        #expect(bucket.take(2, at: start) == .uncovered)
        bucket.cover(through: bucket.leaseTarget(for: 2, at: start))
        #expect(bucket.take(2, at: start + .milliseconds(100)) != .uncovered)
    }

    @Test func `a take beyond the standing lease waits for a checkpoint`() {
        let start = MeshInstant(nanoseconds: 1_790_000_000_000_000_000)
        let rate = BucketRate(perSecond: 10, burst: 100)
        let bucket = Bucket(rate: rate, arrival: .epoch)
        #expect(bucket.take(3, at: start) == .uncovered)
        bucket.cover(through: bucket.leaseTarget(for: 3, at: start))
        // The checkpoint took a while.
        let later = start + .milliseconds(100)
        guard case .decided(let decision) = bucket.take(3, at: later) else {
            Issue.record("a covered take is decided")
            return
        }
        #expect(decision.isGranted)
        #expect(decision.remaining == 97)
    }
}
