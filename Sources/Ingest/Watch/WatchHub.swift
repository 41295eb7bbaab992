// SPDX-License-Identifier: MIT
import Daemon
import Logging
import Orders
import PostgresStore
import ServiceLifecycle
import Synchronization
import Wire

/// Live stories of orders, for however many watch.
///
/// The database says which orders changed; one statement then reads the news of all watched orders
/// among them. Nothing is asked for while nobody watches, and an event is read once for each look,
/// however many watch its order.
final class WatchHub: Service {
    /// Names one watcher.
    struct WatchID: Hashable, Sendable {
        let order: OrderID
        let number: UInt64
    }

    fileprivate struct Watcher {
        var after: Int64
        let continuation: AsyncStream<OrderEvent>.Continuation
    }

    fileprivate struct State {
        var watchers: [OrderID: [UInt64: Watcher]] = [:]
        var dirty: Set<OrderID> = []
        var nextNumber: UInt64 = 0
        var count = 0
        var isClosed = false
    }

    private let store: OrderStore
    private let logger: Logger
    private let state = Mutex(State())
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    /// Further ones are refused.
    static let watcherCountMax = 10_000
    /// A watcher that falls further behind is cut off; it can come back and go on where it was.
    private static let bufferedCountMax = 256
    private static let channel = "order_events"
    private static let retryPause: Duration = .seconds(1)

    init(store: OrderStore, logger: Logger) {
        self.store = store
        self.logger = logger
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Events of `order` with numbers above `after`, those that are there first. Ends behind an
    /// event that is final, when `end` is called, or when the watcher falls too far behind.
    ///
    /// - Returns: nil when too many watch, or the daemon is stopping.
    func watch(
        _ order: OrderID, after: Int64
    ) -> (id: WatchID, events: AsyncStream<OrderEvent>)? {
        let (events, continuation) = AsyncStream.makeStream(
            of: OrderEvent.self, bufferingPolicy: .bufferingOldest(Self.bufferedCountMax))
        let id: WatchID? = state.withLock { state in
            guard !state.isClosed, state.count < Self.watcherCountMax else { return nil }
            state.nextNumber += 1
            state.count += 1
            let id = WatchID(order: order, number: state.nextNumber)
            state.watchers[order, default: [:]][id.number] = Watcher(
                after: after, continuation: continuation)
            state.dirty.insert(order)
            return id
        }
        guard let id else { return nil }
        continuation.onTermination = { [weak self] _ in self?.end(id) }
        signal.yield()
        return (id, events)
    }

    /// Ends a watch, if it goes on.
    func end(_ id: WatchID) {
        let watcher = state.withLock { $0.remove(id.order, id.number) }
        watcher?.continuation.finish()
    }

    /// Follows the database until cancelled or shut down, then ends all watches.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.listen() }
                group.addTask { for await _ in self.signals { await self.look() } }
            }
        }
        let watchers = state.withLock { state in
            state.isClosed = true
            return state.watchers.values.flatMap(\.values)
        }
        for watcher in watchers { watcher.continuation.finish() }
    }

    // MARK: -

    private func listen() async {
        for await notification in store.pool.listen(Self.channel) {
            let hasNews = state.withLock { state in
                switch notification {
                case .listening: state.dirty.formUnion(state.watchers.keys)
                case .payload(let ids):
                    guard !state.watchers.isEmpty else { return false }
                    for id in ids.split(separator: ",") {
                        guard let order = OrderID(String(id)), state.watchers[order] != nil
                        else { continue }
                        state.dirty.insert(order)
                    }
                }
                return !state.dirty.isEmpty
            }
            if hasNews { signal.yield() }
        }
    }

    private func look() async {
        let wanted = state.withLock { state in
            defer { state.dirty = [] }
            return state.lowestNumbers(of: state.dirty)
        }
        guard !wanted.isEmpty else { return }
        do throws(PostgresError) {
            let events = try await store.events(of: wanted)
            deliver(events)
            if events.count == OrderStore.eventCountMax { lookAgain(wanted) }
        } catch {
            logger.warning("stories not read", metadata: .keyed([.error: "\(error)"]))
            lookAgain(wanted)
            // A pause that ends early ends the watching as well.
            _ = try? await Task.sleep(for: Self.retryPause)
        }
    }

    private func lookAgain(_ orders: [OrderID: Int64]) {
        state.withLock { $0.dirty.formUnion(orders.keys) }
        signal.yield()
    }

    private func deliver(_ events: [StoredEvent]) {
        let ended = state.withLock { state in events.flatMap { state.deliver($0) } }
        for continuation in ended { continuation.finish() }
    }
}

extension WatchHub.State {
    mutating func remove(_ order: OrderID, _ number: UInt64) -> WatchHub.Watcher? {
        guard let watcher = watchers[order]?.removeValue(forKey: number) else { return nil }
        count -= 1
        if watchers[order]?.isEmpty == true { watchers[order] = nil }
        return watcher
    }

    /// For each order, the number behind which one of its watchers still wants events.
    func lowestNumbers(of orders: Set<OrderID>) -> [OrderID: Int64] {
        var numbers: [OrderID: Int64] = [:]
        for order in orders {
            guard let lowest = watchers[order]?.values.map(\.after).min() else { continue }
            numbers[order] = lowest
        }
        return numbers
    }

    /// - Returns: the watches that are over.
    mutating func deliver(
        _ event: StoredEvent
    ) -> [AsyncStream<OrderEvent>.Continuation] {
        var ended: [AsyncStream<OrderEvent>.Continuation] = []
        for (number, watcher) in watchers[event.order] ?? [:] where watcher.after < event.number {
            watchers[event.order]?[number]?.after = event.number
            var isOver = event.isFinal
            if case .dropped = watcher.continuation.yield(event.push) { isOver = true }
            if isOver, let watcher = remove(event.order, number) {
                ended.append(watcher.continuation)
            }
        }
        return ended
    }
}
