// SPDX-License-Identifier: MIT
package import AWS
package import Daemon
import HTTPCalls
package import Logging
package import Orders
import QueueState
import SecureTransport
package import Sessions
package import Wire

/// The mesh's queues for a program that AWS invokes with their messages: by the same records and rules
/// as the bridge's own, so that both may work on one queue at the same time.
///
/// Carriers are not deleted here: whoever received them does, once they are told to be over.
package struct InvokedQueues: Sendable {
    private let desk: BridgeDesk
    private let naming: QueueNaming
    private let peer: PeerIdentity

    /// The leases of one program are all of one subscription: nobody else settles by it.
    private static let subscription = SubscriptionID(session: 0, number: 0)

    /// - Parameters:
    ///   - environment: names the credentials, as `CredentialSource` reads it.
    ///   - service: who works here, in the words of the mesh's policy.
    package init(
        _ settings: BridgeSettings.Cloud, environment: [String: String], as service: String,
        transport: any AWSTransport = SignedCalls(), clock: any MeshClock, logger: Logger
    ) throws(ConfigurationError) {
        guard let credentials = CredentialSource(environment: environment) else {
            throw ConfigurationError(
                .missing, key: "AWS_ACCESS_KEY_ID",
                "there are no credentials: Lambda gives them to a function that has a role")
        }
        desk =
            BridgeCloud(
                settings, credentials: credentials, transport: CountedCalls(calls: transport),
                clock: clock, logger: logger, deletesCarriers: false
            ).desk
        naming = QueueNaming(prefix: settings.queuePrefix)
        peer = .service(service)
    }

    /// The queue of the mesh that an SQS queue's ARN names; nil for others.
    package func queue(ofARN arn: String) -> String? {
        arn.split(separator: ":").last.flatMap { naming.queue(String($0))?.text }
    }

    /// Leases what is there to be leased; one answer each, in order.
    ///
    /// - Parameter leaseMax: no lease is longer, whatever the queue's policy says.
    package func claim(
        _ messages: [ReceivedMessage], from queueText: String, leaseMax: Duration
    ) async -> [ClaimedMessage] {
        do throws(BridgeRefusal) {
            try desk.require(peer, .queue(queueText, .consume))
            let queue = try await desk.catalog.find(queueText)
            let lease = min(queue.policy.leaseDuration, leaseMax)
            desk.leases.dropEnded(now: desk.clock.now())
            return await inParallel(messages, limit: Publisher.parallelMax) { message in
                await desk.claimer.claim(
                    message, from: queue, for: lease, subscription: Self.subscription)
            }
        } catch {
            log("nothing claimed", queueText, error)
            return messages.map { _ in .left }
        }
    }

    /// Shows messages again that nobody has looked at.
    package func show(_ messages: [ReceivedMessage], in queueText: String) async {
        do throws(BridgeRefusal) {
            let queue = try await desk.catalog.find(queueText)
            let changes = messages.map {
                VisibilityChange(receiptHandle: $0.receiptHandle, visibility: .zero)
            }
            for case .failure(let error) in await desk.sqs.changeVisibility(
                changes, in: queue.source)
            {
                log("not shown again before its time", queueText, BridgeRefusal(error))
            }
        } catch {
            log("not shown again before its time", queueText, error)
        }
    }

    /// Settles each by itself; one answer each, in order.
    package func settle(_ settlements: [Settlement], in queueText: String) async -> [EndedLease] {
        do throws(BridgeRefusal) {
            return try await desk.end(
                Settle(queue: queueText, settlements: settlements), peer)
        } catch {
            return settlements.map { _ in
                EndedLease(result: SettleResult(error.reply), isOver: false)
            }
        }
    }

    /// Asks for `duration` from now for a lease.
    ///
    /// - Throws: when the lease has ended, or AWS cannot be asked.
    package func extend(
        sequence: UInt64, token: UInt64, by duration: Duration, in queueText: String
    ) async throws {
        _ = try await desk.extend(
            Extend(
                queue: queueText, sequence: sequence, token: token,
                leaseMilliseconds: UInt32(clamping: duration.wholeMilliseconds)), peer)
    }

    /// What became of messages. One that was announced and not seen since is sent again first.
    package func standings(of ids: [MessageID], in queueText: String) async throws -> [Standing] {
        try await desk.status(MessageStatus(queue: queueText, ids: ids.map(\.value)), peer)
            .standings
    }

    /// Publishes one message; twice is once.
    package func publish(_ message: Envelope, to queueText: String) async throws {
        _ = try await desk.publish(Publish(queue: queueText, message: message), peer)
    }

    /// Whether receipts can be put: a bucket is configured.
    package var keepsReceipts: Bool { desk.receipts != nil }

    /// Stores a receipt, unless it is there.
    package func put(_ receipt: PutReceipt) async throws(CallError) -> ReceiptKept {
        do throws(BridgeRefusal) {
            return try await desk.putReceipt(receipt, peer)
        } catch {
            throw CallError(error.reply)
        }
    }

    private func log(_ what: Logger.Message, _ queue: String, _ error: BridgeRefusal) {
        desk.logger.warning(
            what, metadata: .keyed([.queue: "\(queue)", .error: "\(error.reply.message)"]))
    }
}
