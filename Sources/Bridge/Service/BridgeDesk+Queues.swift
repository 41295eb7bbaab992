// SPDX-License-Identifier: MIT
import AWS
import Daemon
import HTTPCalls
import Logging
import Orders
import QueueState
import SecureTransport
import Sessions
import Wire

// MARK: - Publish

extension BridgeDesk {
    func publish(
        _ request: Publish, _ peer: PeerIdentity
    ) async throws(BridgeRefusal) -> Published {
        let stored = try await publish([request.message], to: request.queue, peer)
        return Published(sequence: stored[0].sequence, duplicate: stored[0].isDuplicate)
    }

    func publishBatch(
        _ request: PublishBatch, _ peer: PeerIdentity
    ) async throws(BridgeRefusal) -> PublishedBatch {
        let stored = try await publish(request.messages, to: request.queue, peer)
        return PublishedBatch(sequences: stored.map(\.sequence))
    }

    private func publish(
        _ envelopes: [Envelope], to queueText: String, _ peer: PeerIdentity
    ) async throws(BridgeRefusal) -> [(sequence: UInt64, isDuplicate: Bool)] {
        try require(peer, .queue(queueText, .publish))
        let queue = try await catalog.find(queueText)
        let messages = envelopes.map { StoredOutput($0, to: queue.name) }
        guard messages.allSatisfy({ $0.body.utf8.count <= EnvelopeText.byteCountMax }) else {
            throw BridgeRefusal(
                .messageTooLarge, "at most \(EnvelopeText.byteCountMax) bytes of base64 here")
        }
        let normal = envelopes.count { $0.priority != .compensation }
        try await depths.admit(normal, to: queue)
        let outcomes = await publisher.publish(messages, to: queue)
        return try zip(messages, outcomes).map { message, outcome throws(BridgeRefusal) in
            switch outcome {
            case .success(let isDuplicate): return (message.key.sequence, isDuplicate)
            case .failure(let error):
                // The record is there, or others of the batch are: the same ids make it whole.
                throw BridgeRefusal(
                    .unavailable, effect: .maybeApplied, retryAfter: .seconds(1), "AWS: \(error)")
            }
        }
    }

    func declare(
        _ request: Declare, _ peer: PeerIdentity
    ) async throws(BridgeRefusal) -> Declared {
        try require(peer, .queue(request.queue, .operate))
        guard let name = QueueName(request.queue),
            let attemptsMax = UInt8(exactly: request.attemptsMax)
        else { throw BridgeRefusal(.badQueue, "the name, or the attempts, are out of range") }
        guard !request.holdBehindDead else {
            throw .unsupported("SQS knows no groups that dead letters could hold")
        }
        let policy = QueuePolicy(
            leaseDuration: .milliseconds(Int64(request.leaseMilliseconds)),
            attemptsMax: attemptsMax,
            backoffBase: .milliseconds(Int64(request.backoffBaseMilliseconds)),
            backoffMax: .milliseconds(Int64(request.backoffMaxMilliseconds)),
            depthMax: request.depthMax, byteDepthMax: request.byteDepthMax)
        if let objection = policy.objection { throw BridgeRefusal(.badQueue, objection) }
        try await catalog.declare(name, policy)
        return Declared()
    }
}

// MARK: - Settle

extension BridgeDesk {
    func settle(
        _ request: Settle, _ peer: PeerIdentity
    ) async throws(BridgeRefusal) -> Settled {
        Settled(results: try await end(request, peer).map(\.result))
    }

    /// As `settle`, and tells of each whether anything is left to do.
    func end(
        _ request: Settle, _ peer: PeerIdentity
    ) async throws(BridgeRefusal) -> [EndedLease] {
        try require(peer, .queue(request.queue, .consume))
        for output in request.settlements.flatMap(\.outputs) {
            try require(peer, .queue(output.queue, .publish))
        }
        let queue = try await catalog.find(request.queue)
        return await settler.settle(
            request.settlements, in: queue, worker: peer.description)
    }

    func extend(
        _ request: Extend, _ peer: PeerIdentity
    ) async throws(BridgeRefusal) -> Extended {
        try require(peer, .queue(request.queue, .consume))
        let queue = try await catalog.find(request.queue)
        let now = clock.now()
        let stale = BridgeRefusal(.staleLease, "the lease has ended")
        guard
            let lease = leases.lease(
                queue.name, sequence: request.sequence, token: request.token, now: now)
        else { throw stale }
        let duration = min(
            Duration.milliseconds(Int64(request.leaseMilliseconds)),
            SQSClient.visibilityMax - BridgedQueue.leaseMargin)
        // SQS first: a message must not be shown while its lease is in force.
        let change = VisibilityChange(
            receiptHandle: lease.receiptHandle, visibility: duration + BridgedQueue.leaseMargin)
        let isExtended = try await refusing { () throws(AWSError) in
            for outcome in await sqs.changeVisibility([change], in: queue.source) {
                try outcome.get()
            }
            return try await ledger.extend(
                lease.key, token: lease.token, to: now + duration, now: now)
        }
        guard isExtended else { throw stale }
        leases.extend(lease, to: now + duration)
        return Extended(deadlineMilliseconds: (now + duration).milliseconds)
    }

    /// Asks what became of messages. One that was announced and not seen in SQS since is sent, so
    /// that "held" is true.
    func status(
        _ request: MessageStatus, _ peer: PeerIdentity
    ) async throws(BridgeRefusal) -> MessageStatusOK {
        try require(peer, .queue(request.queue, .inspect))
        let queue = try await catalog.find(request.queue)
        let standings = await inParallel(request.ids, limit: Publisher.parallelMax) { id in
            await Result { () async throws(AWSError) in
                try await standing(MessageKey(queue: queue.name, id: id), in: queue)
            }
        }
        return MessageStatusOK(
            standings: try standings.map { outcome throws(BridgeRefusal) in
                switch outcome {
                case .success(let standing): return standing
                case .failure(let error): throw BridgeRefusal(error)
                }
            })
    }

    private func standing(
        _ key: MessageKey, in queue: BridgedQueue
    ) async throws(AWSError) -> Standing {
        guard let record = try await ledger.record(key) else { return .neverSeen }
        switch record.state {
        case .settled: return .settled
        case .leased, .waiting, .dead: return .held
        case .sent:
            let output = StoredOutput(key: key, body: record.body ?? "", notBefore: .epoch)
            for outcome in await publisher.send([output], to: queue) { try outcome.get() }
            return .held
        }
    }
}

// MARK: - Look and mend

extension BridgeDesk {
    func statistics(
        _ request: QueueStats, _ peer: PeerIdentity
    ) async throws(BridgeRefusal) -> QueueStatsOK {
        try require(peer, .queue(request.queue, .inspect))
        let queues =
            request.queue.isEmpty
            ? try await catalog.all() : [try await catalog.find(request.queue)]
        var statistics: [QueueStatistics] = []
        for queue in queues {
            let depth = try await depths.depth(of: queue.source)
            let dead = try await depths.depth(of: queue.deadLetters)
            statistics.append(
                QueueStatistics(
                    queue: queue.name.text, ready: depth.ready, leased: depth.leased,
                    delayed: depth.delayed, dead: dead.total, bytes: 0,
                    depthMax: queue.policy.depthMax, publishedTotal: 0, settledTotal: 0,
                    drainPerSecond: 0, paused: false,
                    leaseMilliseconds: queue.policy.leaseDuration.wireMilliseconds,
                    attemptsMax: UInt32(queue.policy.attemptsMax),
                    backoffBaseMilliseconds: queue.policy.backoffBase.wireMilliseconds,
                    backoffMaxMilliseconds: queue.policy.backoffMax.wireMilliseconds,
                    byteDepthMax: queue.policy.byteDepthMax, held: 0, holdBehindDead: false))
        }
        return QueueStatsOK(queues: statistics, fsyncsTotal: 0, recordsTotal: 0)
    }

    func letters(
        _ request: DeadLetters, _ peer: PeerIdentity
    ) async throws(BridgeRefusal) -> DeadLettersOK {
        try require(peer, .queue(request.queue, .operate))
        guard (1...1_000).contains(request.limit) else {
            throw BridgeRefusal(.badMessage, "limit is 1...1000")
        }
        let queue = try await catalog.find(request.queue)
        guard request.filter == .all else {
            throw .unsupported("dead letters are not searched here: list them all")
        }
        let letters = try await deadLetters.letters(
            of: queue, after: request.after, limit: Int(request.limit))
        let isFull = letters.count == Int(request.limit)
        return DeadLettersOK(
            letters: letters, next: isFull ? letters.last?.sequence ?? 0 : 0)
    }

    func redrive(
        _ request: Redrive, _ peer: PeerIdentity
    ) async throws(BridgeRefusal) -> Redriven {
        try require(peer, .queue(request.queue, .operate))
        guard request.filter == .all, !request.dryRun, request.ratePerSecond == 0 else {
            throw .unsupported("a redrive here has no filter, no rate and no dry run")
        }
        let queue = try await catalog.find(request.queue)
        let (count, hasMore) = try await deadLetters.redrive(
            queue, sequences: request.sequences, limit: Int(request.limit))
        logger.notice(
            "dead letters redriven",
            metadata: .keyed([
                .queue: "\(queue.name)", .count: .stringConvertible(count),
                .who: "\(request.who)", .why: "\(request.why)", .peer: "\(peer)",
            ]))
        return Redriven(
            count: UInt32(clamping: count), more: hasMore, resumeMilliseconds: 0, repeated: false)
    }
}
