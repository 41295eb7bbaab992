// SPDX-License-Identifier: MIT
import AWS
import Daemon
import Foundation
import Logging
import Orders
import Pipeline
import QueueState
import Saga
import StageTestSupport
import TestSupport
import Wire

@testable import Bridge

/// A mesh in the cloud without a daemon: queues and table of its own on the stand-in for AWS, a real
/// database, and stages that run as functions.
struct CloudMesh: Sendable {
    let fixture: OrderFixture
    let stack: MiniStack
    let cloud: BridgeCloud
    private let settings: BridgeSettings.Cloud
    private let sqs: SQSClient
    let directory: URL

    init() async throws {
        fixture = try OrderFixture()
        stack = try MiniStack.shared.get()
        let name = String(UInt32.random(in: 0x1000_0000 ... .max), radix: 16)
        settings = BridgeSettings.Cloud(
            region: stack.region, endpoint: stack.endpoint, table: "table-\(name)",
            bucket: "receipts-\(name)", queuePrefix: "l\(name)-", isProvisioning: true,
            receiveWait: .seconds(1))
        let credentials = CredentialSource.fixed(
            AWSCredentials(accessKey: stack.accessKey, secretKey: stack.secretKey))
        cloud = BridgeCloud(
            settings, credentials: credentials, transport: SignedCalls(), clock: WallClock(),
            logger: Self.silent)
        sqs = SQSClient(
            AWSClient(
                configuration: AWSConfiguration(region: stack.region, endpoint: stack.endpoint),
                credentials: credentials, transport: SignedCalls()))
        try await cloud.provision()
        // Attempts follow each other as fast as SQS allows.
        for queue in StageQueue.allCases {
            try await cloud.desk.catalog.declare(
                QueueName(unchecked: queue.rawValue),
                QueuePolicy(
                    leaseDuration: .seconds(30), attemptsMax: 4, backoffBase: .milliseconds(1),
                    backoffMax: .milliseconds(1)))
        }
        directory = URL(filePath: NSTemporaryDirectory()).appending(
            path: "functions-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: true)
    }

    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// What a function's environment says, but for Lambda's address.
    func environment(endpoint: String? = nil) -> [String: String] {
        [
            "AWS_REGION": stack.region, "AWS_ACCESS_KEY_ID": stack.accessKey,
            "AWS_SECRET_ACCESS_KEY": stack.secretKey,
            "MESH_AWS_ENDPOINT": endpoint ?? stack.endpoint, "MESH_AWS_TABLE": settings.table,
            "MESH_AWS_QUEUE_PREFIX": settings.queuePrefix,
            "MESH_POSTGRES_CONNINFO": fixture.database.connectionInfo,
            "MESH_AWS_BUCKET": settings.bucket ?? "",
        ]
    }

    /// Puts an order's first step into its queue, as ingest does; returns the message's id.
    @discardableResult
    func begin(_ order: OrderID) async throws -> MessageID {
        let message = StepMessage(.reserve, order: order)
        let origin = StepDelivery(
            sequence: 0, token: 0, attempt: 1, attemptsMax: 1, lease: .zero,
            id: MessageID(order.value), trace: TraceID(order.value), tenant: "acme", body: [])
        for output in StepSettlement(origin, .done(sending: [message])).outputs {
            let queue = try await cloud.desk.catalog.find(output.queue.rawValue)
            let stored = StoredOutput(Envelope(output), to: queue.name)
            for outcome in await cloud.desk.publisher.publish([stored], to: queue) {
                _ = try outcome.get()
            }
            return output.id
        }
        return MessageID(order.value)
    }

    /// What polls a queue; its dead letters with `ofDead`.
    func source(_ queue: StageQueue, ofDead: Bool = false) async throws -> EventSource {
        let found = try await cloud.desk.catalog.find(queue.rawValue)
        let url = ofDead ? found.deadLetters : found.source
        let arn = try await sqs.attributes([.arn], of: url)[.arn] ?? ""
        return EventSource(sqs: sqs, queue: url, arn: arn)
    }

    func send(_ body: String, to queue: StageQueue) async throws {
        let url = try await source(queue).queue
        for outcome in await sqs.send([OutgoingMessage(body: body)], to: url) {
            _ = try outcome.get()
        }
    }

    func record(_ id: MessageID, in queue: StageQueue) async throws -> MessageRecord? {
        let name = QueueName(unchecked: queue.rawValue)
        return try await cloud.desk.ledger.record(MessageKey(queue: name, id: id.value))
    }
}
