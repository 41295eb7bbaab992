// SPDX-License-Identifier: MIT
import AWS
import HTTPCalls
import Orders
import QueueState

/// Puts messages into SQS, each at least once; what the ledger knows makes it once.
struct Publisher: Sendable {
    let sqs: SQSClient
    let ledger: MessageLedger
    let clock: any MeshClock

    /// Records written at the same time for one request.
    static let parallelMax = 32

    /// Announces and sends; one outcome each, in the order given: whether it was a duplicate.
    ///
    /// After an error the message may be in the queue, now or later. Publishing it again is safe.
    func publish(
        _ messages: [StoredOutput],
        to queue: BridgedQueue
    ) async -> [Result<Bool, AWSError>] {
        let now = clock.now()
        var outcomes = await inParallel(messages, limit: Self.parallelMax) {
            message in
            await Result { () async throws(AWSError) in
                try await ledger.announce(message.key, body: message.body, now: now) == .known
            }
        }
        let fresh = messages.indices.filter { outcomes[$0] == false }
        let sent = await send(fresh.map { messages[$0] }, to: queue)
        for (index, outcome) in zip(fresh, sent) {
            outcomes[index] = outcome.map { false }
        }
        return outcomes
    }

    /// Sends without announcing.
    func send(
        _ messages: [StoredOutput],
        to queue: BridgedQueue
    ) async -> [Result<Void, AWSError>] {
        let now = clock.now()
        let outgoing = messages.map { message in
            let delay = max(message.notBefore - now, .zero)
            return OutgoingMessage(body: message.body, delay: min(delay, SQSClient.delayMax))
        }
        return await sqs.send(outgoing, to: queue.source).map { outcome in outcome.map { _ in } }
    }
}

extension Result<Bool, AWSError> {
    fileprivate static func == (result: Self, value: Bool) -> Bool {
        if case .success(value) = result { return true }
        return false
    }
}

extension Result {
    /// What `body` returns or throws.
    init(_ body: () async throws(Failure) -> Success) async {
        do throws(Failure) {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
