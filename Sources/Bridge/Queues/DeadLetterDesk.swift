// SPDX-License-Identifier: MIT
import AWS
import Orders
import QueueState
import Wire

/// Looks at dead letters and gives them their attempts back. They lie in SQS, which can only hand
/// them out: looking hides them from others for a moment.
struct DeadLetterDesk: Sendable {
    let sqs: SQSClient
    let ledger: MessageLedger
    let publisher: Publisher
    let clock: any MeshClock

    /// How long a message that is looked at is hidden, should the bridge die meanwhile.
    private static let hidden = Duration.seconds(30)

    private struct Letter {
        let key: MessageKey
        let envelope: Envelope
        let message: ReceivedMessage
    }

    /// Up to `limit` dead letters with sequences greater than `after`.
    func letters(
        of queue: BridgedQueue, after: UInt64, limit: Int
    ) async throws(BridgeRefusal) -> [DeadLetter] {
        var found: [UInt64: DeadLetter] = [:]
        let seen = try await sweep(queue) { letter throws(AWSError) in
            // A copy may be left of one that was redriven.
            if letter.key.sequence > after, let record = try await ledger.record(letter.key),
                record.state == .dead
            {
                found[letter.key.sequence] = DeadLetter(letter.key, record, letter.envelope)
            }
            return true
        }
        await show(seen, in: queue)
        return Array(found.values.sorted { $0.sequence < $1.sequence }.prefix(limit))
    }

    /// Revives dead letters: those named, or all; at most `limit` unless that is 0.
    ///
    /// - Returns: how many, and whether others that are meant are still dead.
    func redrive(
        _ queue: BridgedQueue, sequences: [UInt64], limit: Int
    ) async throws(BridgeRefusal) -> (count: Int, hasMore: Bool) {
        let wanted = Set(sequences)
        var count = 0
        var hasMore = false
        let passedOver = try await sweep(queue) { letter throws(AWSError) in
            let isWanted = wanted.isEmpty || wanted.contains(letter.key.sequence)
            guard isWanted else { return true }
            guard limit == 0 || count < limit else {
                hasMore = true
                return true
            }
            if try await revive(letter, in: queue) { count += 1 }
            return false
        }
        await show(passedOver, in: queue)
        return (count, hasMore)
    }

    /// Back into its queue, and out of the dead letters. False when it was no longer dead.
    private func revive(_ letter: Letter, in queue: BridgedQueue) async throws(AWSError) -> Bool {
        let revival = try await ledger.revive(letter.key, now: clock.now())
        if revival != .notDead {
            let output = StoredOutput(
                key: letter.key, body: letter.message.body, notBefore: .epoch)
            for outcome in await publisher.send([output], to: queue) { _ = try outcome.get() }
        }
        for outcome in await sqs.delete([letter.message.receiptHandle], from: queue.deadLetters) {
            _ = try outcome.get()
        }
        return revival != .notDead
    }

    /// Hands each dead letter to `visit` until none is left; those for which it answers true.
    private func sweep(
        _ queue: BridgedQueue,
        visit: (Letter) async throws(AWSError) -> Bool
    ) async throws(BridgeRefusal) -> [ReceivedMessage] {
        var kept: [ReceivedMessage] = []
        while true {
            let received = try await refusing { () throws(AWSError) in
                try await sqs.receive(
                    from: queue.deadLetters, countMax: SQSClient.batchCountMax,
                    visibility: Self.hidden, wait: .zero)
            }
            if received.isEmpty { return kept }
            for message in received {
                guard let envelope = EnvelopeText.envelope(of: message.body) else {
                    kept.append(message)
                    continue
                }
                let key = MessageKey(queue: queue.name, id: envelope.id)
                let letter = Letter(key: key, envelope: envelope, message: message)
                let isKept = try await refusing { () throws(AWSError) in try await visit(letter) }
                if isKept { kept.append(message) }
            }
        }
    }

    private func show(_ messages: [ReceivedMessage], in queue: BridgedQueue) async {
        _ = await sqs.changeVisibility(
            messages.map { VisibilityChange(receiptHandle: $0.receiptHandle, visibility: .zero) },
            in: queue.deadLetters)
    }
}

extension DeadLetter {
    init(_ key: MessageKey, _ record: MessageRecord, _ envelope: Envelope) {
        self.init(
            sequence: key.sequence, deadMilliseconds: record.deadSince.milliseconds,
            reason: record.reason,
            attempts: record.history.suffix(64).map { attempt in
                Attempt(
                    atMilliseconds: attempt.at.milliseconds, worker: attempt.worker,
                    error: attempt.error)
            },
            message: envelope, unreadable: "", held: 0)
    }
}
