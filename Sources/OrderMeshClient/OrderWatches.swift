// SPDX-License-Identifier: MIT

import NIOCore
import Orders
import Sessions
import Synchronization
import Wire

/// The watched orders of one client: each subscribed again, from its last event, whenever the
/// connection comes back.
final class OrderWatches: Sendable {
    typealias Stream = AsyncThrowingStream<MeshOrderEvent, any Error>

    private struct Watch: Sendable {
        let order: UniqueID
        var last: UInt64
        /// Asked for, or about to be: whoever waits for the connection asks when it has come.
        var isAsked = false
        let continuation: Stream.Continuation
    }

    private let connection: MeshConnection
    private let tenant: String
    private let watches = Mutex<[UInt64: Watch]>([:])
    private let nextID = Atomic<UInt64>(0)

    private static let subscribeDeadline = Duration.seconds(10)
    private static let retryDelay = Duration.milliseconds(500)

    init(_ connection: MeshConnection, tenant: String) {
        self.connection = connection
        self.tenant = tenant
        connection.onPush(.orderEvent) { [weak self] in self?.received($0) }
        connection.onConnected { [weak self] in self?.subscribeAll() }
    }

    func open(_ order: UniqueID, after number: UInt64) -> Stream {
        let (stream, continuation) = Stream.makeStream()
        let id = nextID.wrappingAdd(1, ordering: .relaxed).oldValue
        watches.withLock {
            $0[id] = Watch(order: order, last: number, continuation: continuation)
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.watches.withLock { $0.removeValue(forKey: id) }
        }
        subscribe(id)
        return stream
    }

    private func subscribeAll() {
        for id in watches.withLock({ Array($0.keys) }) { subscribe(id) }
    }

    private func subscribe(_ id: UInt64) {
        let watch = watches.withLock { watches -> Watch? in
            guard let watch = watches[id], !watch.isAsked else { return nil }
            watches[id]?.isAsked = true
            return watch
        }
        guard let watch else { return }
        let request = WatchOrder(tenant: tenant, order: watch.order, after: watch.last)
        connection.submit(
            request, answer: WatchingOrder.self, deadline: Self.subscribeDeadline
        ) { [weak self] result in
            self?.watches.withLock { $0[id]?.isAsked = false }
            if case .failure(let error) = result { self?.failed(id, error) }
        }
    }

    private func failed(_ id: UInt64, _ error: CallError) {
        // Coming back subscribes all again.
        if error.code == .notConnected || error.code == .connectionLost { return }
        guard error.isTransient else {
            let watch = watches.withLock { $0.removeValue(forKey: id) }
            watch?.continuation.finish(
                throwing: OrderMeshError(error, mayHaveBeenApplied: false))
            return
        }
        let delay = TimeAmount(error.retryAfter ?? Self.retryDelay)
        connection.eventLoop.scheduleTask(in: delay) { [weak self] in self?.subscribe(id) }
    }

    private func received(_ frame: InboundFrame) {
        // A push that cannot be read is one of a later version.
        guard let push = try? frame.decode(OrderEvent.self) else { return }
        let takers = watches.withLock { watches in
            var takers: [(Stream.Continuation, isFresh: Bool)] = []
            for (id, watch) in watches where watch.order == push.order {
                let isFresh = push.event.number > watch.last
                takers.append((watch.continuation, isFresh))
                if isFresh { watches[id]?.last = push.event.number }
                if push.final { watches[id] = nil }
            }
            return takers
        }
        for (continuation, isFresh) in takers {
            if isFresh { continuation.yield(MeshOrderEvent(push.event)) }
            if push.final { continuation.finish() }
        }
    }
}
