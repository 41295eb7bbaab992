// SPDX-License-Identifier: MIT
import Synchronization

/// The arrival times of buckets as DynamoDB last told them. Only a guess of what they are now: a wrong
/// one costs another request.
final class LastArrivals: Sendable {
    private let known = Mutex<[String: Int64]>([:])

    private static let countMax = 10_000

    /// Zero, which is that of a full bucket, for one that is not known.
    func last(of tenant: String) -> Int64 { known.withLock { $0[tenant] ?? 0 } }

    func note(_ arrival: Int64, of tenant: String) {
        known.withLock { known in
            if known.count >= Self.countMax { known.removeAll(keepingCapacity: true) }
            known[tenant] = arrival
        }
    }
}
