// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import PostgresStore
import Synchronization

/// When the last event of each order was heard of, as whoever watches orders hears of it: behind the
/// commit. Owner of its state: the mutex.
final class OrderNews: Sendable {
    private let heard = Mutex<[UniqueID: NIODeadline]>([:])

    /// Listens until cancelled; `begun` is called when nothing can be missed any more.
    func listen(on pool: PostgresPool, begun: @escaping @Sendable () -> Void) async {
        for await notification in pool.listen("order_events") {
            switch notification {
            case .listening: begun()
            case .payload(let ids): note(ids, at: .now())
            }
        }
    }

    private func note(_ ids: String, at now: NIODeadline) {
        let orders = ids.split(separator: ",").compactMap { UniqueID(String($0)) }
        heard.withLock { heard in for order in orders { heard[order] = now } }
    }

    /// Nil for an order that was never heard of.
    func last(of order: UniqueID) -> NIODeadline? { heard.withLock { $0[order] } }
}
