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
        let rate = self.rate
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
    /// The bucket as a new process finds it.
    ///
    /// After a crash at an instant c before `start`, every grant left an arrival time that was
    /// covered: at most the checkpoint, or at most c + standing lease, which is before
    /// `start` + standing lease. Resuming at the later of both grants no token twice. And since no
    /// arrival time was ever more than the whole burst ahead of its own now, "empty at `start`" is
    /// always late enough: it caps a checkpoint written while the clock was ahead.
    ///
    /// - Parameters:
    ///   - checkpoint: what the durable checkpoint names, if there is one.
    ///   - start: when this process began to serve.
    ///   - isClean: whether the process before stopped in order, its checkpoints exact.
    package static func resumed(
        rate: BucketRate,
        checkpoint: MeshInstant?,
        start: MeshInstant,
        isClean: Bool
    ) -> Bucket {
        let floor = isClean ? MeshInstant(nanoseconds: 0) : start + standingLease
        let empty = start + .nanoseconds(rate.tolerance)
        let arrival = min(max(checkpoint ?? floor, floor), empty)
        return Bucket(rate: rate, arrival: arrival, horizon: checkpoint)
    }
}
