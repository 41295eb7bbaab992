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

    /// What a watcher hears.
    enum News: Sendable {
        case event(OrderEvent)
        /// Nothing happened for a while; the watch goes on.
        case silence
    }

    /// One watch; whoever has it reads `news`, and ends it when he is done.
    struct Watch: Sendable {
        let id: WatchID
        let news: AsyncStream<News>
    }

    fileprivate struct Watcher {
        let tenant: TenantID
        var after: Int64
        let continuation: AsyncStream<News>.Continuation
    }

    fileprivate struct State {
        var watchers: [OrderID: [UInt64: Watcher]] = [:]
        var dirty: Set<OrderID> = []
        var nextNumber: UInt64 = 0
        var count = 0
        var tenantCounts: [TenantID: Int] = [:]
        var isClosed = false
    }

    /// How many may watch, and how often they hear that nothing happened.
    struct Limits: Sendable {
        /// All together.
        var watcherCountMax = 10_000
        /// Of one tenant's orders.
        var tenantWatcherCountMax = 1_000
        var heartbeat: Duration = .seconds(15)
    }

    private let store: OrderStore
    private let limits: Limits
    private let timer: any Clock<Duration>
    private let logger: Logger
    private let state = Mutex(State())
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    /// A watcher that falls further behind is cut off; it can come back and go on where it was.
    private static let bufferedCountMax = 256
    private static let channel = "order_events"
    private static let retryPause: Duration = .seconds(1)

    /// - Parameter timer: paces the heartbeat.
    init(
        store: OrderStore, limits: Limits, timer: any Clock<Duration> = ContinuousClock(),
        logger: Logger
    ) {
        self.store = store
        self.limits = limits
        self.timer = timer
        self.logger = logger
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Events of `order` with numbers above `after`, those that are there first. Ends behind an
    /// event that is final, when `end` is called, or when the watcher falls too far behind.
    ///
    /// - Throws: when too many watch, or the daemon is stopping.
    func watch(
        _ order: OrderID, of tenant: TenantID, after: Int64
    ) throws(Refusal) -> Watch {
        let (news, continuation) = AsyncStream.makeStream(
            of: News.self, bufferingPolicy: .bufferingOldest(Self.bufferedCountMax))
        let watcher = Watcher(tenant: tenant, after: after, continuation: continuation)
        let limits = limits
        let added = state.withLock { state in
            state.refusal(of: tenant, limits).map(Result.failure)
                ?? .success(state.add(watcher, of: order))
        }
        let id = try added.get()
        continuation.onTermination = { [weak self] _ in self?.end(id) }
        signal.yield()
        return Watch(id: id, news: news)
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
                group.addTask {
                    while (try? await self.timer.sleep(for: self.limits.heartbeat)) != nil {
                        self.beat()
                    }
                }
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

    /// Lets all hear that their watches go on; who has not read the last news needs no more.
    private func beat() {
        let watchers = state.withLock { $0.watchers.values.flatMap(\.values) }
        for watcher in watchers { watcher.continuation.yield(.silence) }
    }

    private func deliver(_ events: [StoredEvent]) {
        let ended = state.withLock { state in events.flatMap { state.deliver($0) } }
        for continuation in ended { continuation.finish() }
    }
}

extension WatchHub.State {
    /// Why one more watcher of the tenant's orders cannot be.
    func refusal(of tenant: TenantID, _ limits: WatchHub.Limits) -> Refusal? {
        guard !isClosed, count < limits.watcherCountMax else { return .tooManyWatchers }
        let own = tenantCounts[tenant] ?? 0
        return own < limits.tenantWatcherCountMax ? nil : .tooManyWatchersOfTenant
    }

    mutating func add(_ watcher: WatchHub.Watcher, of order: OrderID) -> WatchHub.WatchID {
        nextNumber += 1
        count += 1
        tenantCounts[watcher.tenant, default: 0] += 1
        watchers[order, default: [:]][nextNumber] = watcher
        dirty.insert(order)
        return WatchHub.WatchID(order: order, number: nextNumber)
    }

    mutating func remove(_ order: OrderID, _ number: UInt64) -> WatchHub.Watcher? {
        guard let watcher = watchers[order]?.removeValue(forKey: number) else { return nil }
        count -= 1
        let left = (tenantCounts[watcher.tenant] ?? 1) - 1
        tenantCounts[watcher.tenant] = left > 0 ? left : nil
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
    ) -> [AsyncStream<WatchHub.News>.Continuation] {
        var ended: [AsyncStream<WatchHub.News>.Continuation] = []
        for (number, watcher) in watchers[event.order] ?? [:] where watcher.after < event.number {
            watchers[event.order]?[number]?.after = event.number
            var isOver = event.isFinal
            if case .dropped = watcher.continuation.yield(.event(event.push)) { isOver = true }
            if isOver, let watcher = remove(event.order, number) {
                ended.append(watcher.continuation)
            }
        }
        return ended
    }
}
