// SPDX-License-Identifier: MIT
package import Orders
import Synchronization

/// Checkpoints ahead of use. The bucket decides what must be durable; others make it so.
extension Bucket {
    func isCovered(_ after: Int64, at instant: Int64) -> Bool {
        after - instant <= Self.standingNanoseconds || after <= horizon.load(ordering: .acquiring)
    }

    /// What a checkpoint must name so that a take of `cost` is covered, with a lease for the next.
    package func leaseTarget(for cost: UInt32, at now: MeshInstant) -> MeshInstant {
        let start = max(arrival.load(ordering: .acquiring), now.nanoseconds)
        let (target, overflow) =
            start.addingReportingOverflow(rate.leaseNanoseconds(for: cost))
        return MeshInstant(nanoseconds: overflow ? Self.retired - 1 : target)
    }

    /// Whether more than half of the present lease is spent, so that a new one should be written
    /// before anybody has to wait for it. Never true of a bucket that lives on its standing lease.
    package func wantsLease(at now: MeshInstant) -> Bool {
        guard !isLeaseOrdered.load(ordering: .relaxed) else { return false }
        let arrival = self.arrival.load(ordering: .relaxed)
        guard arrival != Self.retired else { return false }
        guard arrival - max(now.nanoseconds, 0) > Self.standingNanoseconds / 2 else { return false }
        let (left, overflow) =
            horizon.load(ordering: .relaxed).subtractingReportingOverflow(arrival)
        return overflow || left < rate.leaseNanoseconds / 2
    }

    /// Notes that a lease is being written, so that it is asked for once; `cover` or `leaseFailed`
    /// end that.
    ///
    /// - Returns: whether it was not being written before.
    package func orderLease() -> Bool {
        !isLeaseOrdered.exchange(true, ordering: .acquiringAndReleasing)
    }

    /// Call only once a checkpoint that names `target` is durable.
    package func cover(through target: MeshInstant) {
        horizon.max(target.nanoseconds, ordering: .releasing)
        isLeaseOrdered.store(false, ordering: .releasing)
    }

    /// How far checkpoints cover the bucket; in the distant past when none does.
    package var covered: MeshInstant {
        MeshInstant(nanoseconds: horizon.load(ordering: .acquiring))
    }

    /// The lease that was ordered could not be written.
    package func leaseFailed() { isLeaseOrdered.store(false, ordering: .releasing) }

    /// The arrival time, for a checkpoint at a clean stop; `nil` when retired.
    package var arrivalTime: MeshInstant? {
        let arrival = self.arrival.load(ordering: .acquiring)
        return arrival == Self.retired ? nil : MeshInstant(nanoseconds: arrival)
    }

    /// Gives the bucket up if it is full, so that it may be forgotten: a full bucket made anew is
    /// the same. Every later take answers `retired`.
    ///
    /// - Returns: whether it was full, and is now retired.
    package func retireIfFull(at now: MeshInstant) -> Bool {
        let found = arrival.load(ordering: .acquiring)
        guard found <= now.nanoseconds else { return false }
        return arrival.compareExchange(
            expected: found, desired: Self.retired, ordering: .acquiringAndReleasing
        ).exchanged
    }

    /// Takes the bucket out of use whatever it holds, at a clean stop.
    ///
    /// - Returns: the arrival time to resume at; `nil` when it was retired before.
    package func retire() -> MeshInstant? {
        let found = arrival.exchange(Self.retired, ordering: .acquiringAndReleasing)
        return found == Self.retired ? nil : MeshInstant(nanoseconds: found)
    }
}

extension Bucket {
    /// What a durable checkpoint says of a bucket.
    package struct Checkpoint: Equatable, Sendable {
        /// No grant left a later arrival time.
        package let arrival: MeshInstant
        /// The interval of the plan in force when it was written; zero where it is not known.
        package let interval: UInt32

        package init(arrival: MeshInstant, interval: UInt32) {
            self.arrival = arrival
            self.interval = interval
        }
    }

    /// The bucket as a new process finds it.
    ///
    /// After a crash at an instant c before `start`, every grant left an arrival time that was
    /// covered: at most the checkpoint, or at most c + standing lease, which is before
    /// `start` + standing lease. Resuming at the later of both grants no token twice. And since no
    /// arrival time was ever more than the whole burst ahead of its own now, "empty at `start`" is
    /// always late enough: it caps a checkpoint written while the clock was ahead.
    ///
    /// - Parameters:
    ///   - checkpoint: what is durable of the bucket, if anything is.
    ///   - start: when this process began to serve.
    ///   - isClean: whether the process before stopped in order, its checkpoints exact.
    package static func resumed(
        rate: BucketRate, checkpoint: Checkpoint?, start: MeshInstant, isClean: Bool,
        edition: UInt32 = 0
    ) -> Bucket {
        let floor = isClean ? MeshInstant(nanoseconds: 0) : start + standingLease
        let empty = start + .nanoseconds(rate.tolerance)
        guard let checkpoint else {
            return Bucket(rate: rate, arrival: min(floor, empty), edition: edition)
        }
        let isSamePlan = checkpoint.interval == 0 || checkpoint.interval == rate.interval
        let held =
            isSamePlan
            ? checkpoint.arrival
            : start
                + .nanoseconds(
                    rate.debt(
                        of: checkpoint.arrival.nanoseconds.subtractingClamped(start.nanoseconds),
                        at: checkpoint.interval))
        return Bucket(
            rate: rate, arrival: min(max(held, floor), empty),
            horizon: isSamePlan ? checkpoint.arrival : nil, edition: edition)
    }

    /// The bucket of another plan, with the same tokens spent, this one retired: a debt of ten
    /// tokens stays one of ten tokens, however long it now takes to come back. It may spend nothing
    /// beyond its standing lease before a checkpoint of its own is durable. What the new bucket cannot
    /// hold is forgiven, so grants before the change must no longer be given back: its edition is another.
    ///
    /// - Returns: nil when this bucket was retired before.
    package func replaced(
        by rate: BucketRate, at now: MeshInstant, edition: UInt32
    ) -> Bucket? {
        let found = arrival.exchange(Self.retired, ordering: .acquiringAndReleasing)
        guard found != Self.retired else { return nil }
        let spent = max(found.subtractingClamped(now.nanoseconds), 0)
        let debt = rate.debt(of: spent, at: self.rate.interval)
        return Bucket(rate: rate, arrival: now + .nanoseconds(debt), edition: edition)
    }

    /// Whether the bucket owes more than it may without a checkpoint, as one that was just made by a
    /// change of plan may: then it wants one before anybody takes from it.
    package func isUncovered(at now: MeshInstant) -> Bool {
        let found = arrival.load(ordering: .acquiring)
        return found != Self.retired && !isCovered(found, at: max(now.nanoseconds, 0))
    }
}

extension Int64 {
    fileprivate func subtractingClamped(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (self < 0 ? .min : .max) : difference
    }
}
