// SPDX-License-Identifier: MIT
import AWS
import Foundation

/// The event source that AWS puts between a queue and a function: receives, runs the function, and deletes
/// what it did not name as failed.
struct EventSource: Sendable {
    let sqs: SQSClient
    let queue: QueueURL
    let arn: String
    /// For how long what it receives is hidden from others.
    var visibility = Duration.seconds(2)

    /// Received messages, and the event that they make.
    struct Batch: Sendable {
        let messages: [ReceivedMessage]
        let event: [UInt8]
        var ids: Set<String> { Set(messages.map(\.id)) }
    }

    /// Up to ten messages; empty when none came within a second.
    func receive(countMax: Int = 10) async throws -> Batch {
        let messages = try await sqs.receive(
            from: queue, countMax: countMax, visibility: visibility, wait: .seconds(1))
        return Batch(messages: messages, event: try event(messages))
    }

    /// All messages that are there, each once: SQS gives some of them at a time.
    func receiveAll() async throws -> [ReceivedMessage] {
        var all: [ReceivedMessage] = []
        while true {
            let messages = try await sqs.receive(
                from: queue, countMax: 10, visibility: .seconds(60), wait: .seconds(1))
            if messages.isEmpty { return all }
            all += messages
        }
    }

    /// Receives once, runs the function with what came, deletes what succeeded.
    ///
    /// - Returns: nil when nothing came, or no answer.
    @discardableResult
    func poll(_ lambda: LambdaStandIn, for duration: Duration = .seconds(20)) async throws
        -> (batch: Batch, failed: Set<String>)?
    {
        let batch = try await receive()
        guard !batch.messages.isEmpty,
            case .answered(let failed)? = await lambda.invoke(batch.event, for: duration)
        else { return nil }
        try await delete(batch.messages, except: failed)
        return (batch, failed)
    }

    func delete(_ messages: [ReceivedMessage], except failed: Set<String>) async throws {
        let done = messages.filter { !failed.contains($0.id) }.map(\.receiptHandle)
        for outcome in await sqs.delete(done, from: queue) { _ = try outcome.get() }
    }

    func event(_ messages: [ReceivedMessage]) throws -> [UInt8] {
        let records = messages.map { message -> [String: Any] in
            [
                "messageId": message.id, "receiptHandle": message.receiptHandle,
                "body": message.body, "eventSource": "aws:sqs", "eventSourceARN": arn,
                "awsRegion": "us-east-1",
                "attributes": [
                    "ApproximateReceiveCount": String(message.receiveCount),
                    "SentTimestamp": String(message.sentMilliseconds),
                ],
                "messageAttributes": [String: String](), "md5OfBody": "",
            ]
        }
        return [UInt8](try JSONSerialization.data(withJSONObject: ["Records": records]))
    }
}
