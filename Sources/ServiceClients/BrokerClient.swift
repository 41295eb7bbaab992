// SPDX-License-Identifier: MIT
package import Orders
package import Sessions
import Synchronization
package import Wire

/// The broker, as its clients use it: `protocol/broker.md`.
///
/// Every call throws `CallError`, which says whether it may have been applied all the same.
package final class BrokerClient: Sendable {
    package let connection: MeshConnection
    /// How long a call may take.
    let deadline: Duration
    let subscriptions = Mutex(SubscriptionTable())
    let depthWatches = Mutex<[String: @Sendable (Depth) -> Void]>([:])

    /// - Parameter connection: to brokerd, or to a bridge that speaks its part; `run` is the caller's.
    package init(_ connection: MeshConnection, deadline: Duration = .seconds(10)) {
        self.connection = connection
        self.deadline = deadline
        connection.onPush(.deliver) { [weak self] frame in self?.delivered(frame) }
        connection.onPush(.depth) { [weak self] frame in self?.depthChanged(frame) }
        connection.onConnected { [weak self] in self?.subscribeAgain() }
    }

    // MARK: - Publish

    /// Appends one message; returns when it is on disk.
    package func publish(
        _ message: Envelope, to queue: String
    ) async throws(CallError) -> Published {
        try await call(Publish(queue: queue, message: message), trace: message.trace)
    }

    /// Appends messages, all or none; returns their sequences when they are on disk.
    ///
    /// - Precondition: at most `WireLimits.batchCountMax`.
    package func publish(
        _ messages: [Envelope], to queue: String
    ) async throws(CallError) -> [UInt64] {
        let reply: PublishedBatch = try await call(
            PublishBatch(queue: queue, messages: messages))
        return reply.sequences
    }

    /// Makes a queue, or changes the policy of one.
    package func declare(_ queue: Declare) async throws(CallError) {
        let _: Declared = try await call(queue)
    }

    // MARK: - Settle

    /// Ends deliveries of one queue; the outcome of each, in order, as the broker has it on disk.
    package func settle(
        _ settlements: [Settlement], in queue: String
    ) async throws(CallError) -> [SettleResult] {
        let reply: Settled = try await call(Settle(queue: queue, settlements: settlements))
        guard reply.results.count == settlements.count else {
            throw CallError(
                .badMessage, effect: .maybeApplied,
                message: "\(reply.results.count) results for \(settlements.count) settlements")
        }
        return reply.results
    }

    /// Keeps a lease until `lease` from now.
    package func extend(
        sequence: UInt64, token: UInt64, by lease: Duration, in queue: String
    ) async throws(CallError) {
        let _: Extended = try await call(
            Extend(
                queue: queue, sequence: sequence, token: token,
                leaseMilliseconds: lease.wireMilliseconds))
    }

    /// What became of messages, by id.
    package func standings(
        of ids: [MessageID], in queue: String
    ) async throws(CallError) -> [Standing] {
        let reply: MessageStatusOK = try await call(
            MessageStatus(queue: queue, ids: ids.map(\.value)))
        return reply.standings
    }

    // MARK: - Look and mend

    /// One queue in numbers, or all of them.
    package func stats(of queue: String = "") async throws(CallError) -> QueueStatsOK {
        try await call(QueueStats(queue: queue))
    }

    /// Dead letters with sequences greater than `after`; nothing is touched.
    package func deadLetters(
        of queue: String, after: UInt64 = 0, limit: UInt32 = 100
    ) async throws(CallError) -> [DeadLetter] {
        try await search(
            DeadLetters(queue: queue, after: after, limit: limit, filter: .all)
        ).letters
    }

    /// Hears of the queue's depth, at once and at each change, also after a reconnection.
    ///
    /// - Parameter handler: called on the connection's event loop; a later one replaces it.
    package func watchDepth(
        of queue: String, _ handler: @escaping @Sendable (Depth) -> Void
    ) {
        depthWatches.withLock { $0[queue] = handler }
        requestDepth(of: queue)
    }

    // MARK: - Calls

    func call<Request: WireMessage, Reply: WireMessage>(
        _ request: Request, trace: UniqueID = .zero
    ) async throws(CallError) -> Reply {
        try await connection.call(request, answer: Reply.self, trace: trace, deadline: deadline)
    }
}
