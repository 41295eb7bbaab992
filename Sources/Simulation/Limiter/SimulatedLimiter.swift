// SPDX-License-Identifier: MIT
import Orders
import RateLimit
import Synchronization
import TokenBucket
import Wire

/// One life of a limiter: the daemon's own directory, desks, leases and refunds, without its sockets,
/// threads and clock.
final class SimulatedLimiter {
    /// A take that waits for a lease.
    struct Waiting {
        let request: TokenRequest
        let session: SimulatedSession
        let since: MeshInstant
    }

    let directory: BucketDirectory
    let leases = LeaseLedger()
    let desks: [TakeDesk]
    let epoch: Int64
    /// From the machine's time since boot to the limiter's clock.
    let offset: Int64
    let start: MeshInstant
    var waiting: [Waiting] = []
    var writeCount: Int64 = 0
    /// Whether anything was granted that no checkpoint covers.
    var hasUncovered = false
    let inheritance: CheckpointStore.Inheritance
    private let news = News()

    /// What the last write came to, told from wherever it ended.
    private final class News: Sendable {
        let isWritten = Mutex<Bool?>(nil)
    }

    static let bucketCountMax = 24
    /// As the daemon has it: a write that takes longer is as good as none.
    static let patience: Duration = .seconds(2)

    init(
        _ database: inout SimulatedCheckpoints, boot: String, wall: MeshInstant, sinceBoot: Int64
    ) {
        let (offset, start, inheritance) = database.open(
            boot: boot, wall: wall, sinceBoot: sinceBoot)
        self.offset = offset
        self.start = start
        self.inheritance = inheritance
        epoch = database.epoch
        let directory = BucketDirectory(
            plans: database.plans, inheritance: inheritance, start: start,
            bucketCountMax: Self.bucketCountMax)
        self.directory = directory
        let (leases, news) = (leases, news)
        let refunds = RefundBook(capacity: 64)
        let counters = LimiterCounters()
        desks = (0..<2).map { _ in
            TakeDesk(
                directory: directory, refunds: refunds, leases: leases, counters: counters
            ) { isWritten in news.isWritten.withLock { $0 = isWritten } }
        }
    }

    /// What became of the write that somebody waited for, once.
    func takeNews() -> Bool? {
        news.isWritten.withLock { state in
            defer { state = nil }
            return state
        }
    }

    /// Takes plans over, as the daemon's plan desk does.
    func adopt(_ plans: PlanBook, at now: MeshInstant) {
        for (name, bucket) in directory.adopt(plans, at: now) {
            _ = leases.want(name, bucket, through: bucket.leaseTarget(for: 1, at: now))
        }
    }
}
