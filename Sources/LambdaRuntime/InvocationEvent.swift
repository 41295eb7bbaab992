// SPDX-License-Identifier: MIT
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import AWS
import FoundationEssentials

/// What a function is invoked with.
enum InvocationEvent {
    /// Messages, by the ARN of the SQS queue that they were received from.
    case messages([(arn: String, messages: [ReceivedMessage])])
    /// It is time to see to the chores.
    case schedule

    /// An event that no trigger of ours sends.
    struct Unknown: Error, CustomStringConvertible {
        let description: String
    }

    init(_ bytes: [UInt8]) throws(Unknown) {
        let form: Form
        do {
            form = try JSONDecoder().decode(Form.self, from: Data(bytes))
        } catch {
            throw Unknown(description: "the event cannot be read: \(error)")
        }
        if let records = form.Records {
            self = .messages(try Self.bySource(records))
        } else if form.source == "aws.events" || form.source == "aws.scheduler" {
            self = .schedule
        } else {
            throw Unknown(description: "neither messages of SQS nor a schedule")
        }
    }

    private static func bySource(
        _ records: [Record]
    ) throws(Unknown) -> [(arn: String, messages: [ReceivedMessage])] {
        var sources: [(arn: String, messages: [ReceivedMessage])] = []
        for record in records {
            guard record.eventSource == "aws:sqs" else {
                throw Unknown(description: "a record of \(record.eventSource), not of SQS")
            }
            let message = ReceivedMessage(
                id: record.messageId, receiptHandle: record.receiptHandle, body: record.body,
                receiveCount: record.attributes?["ApproximateReceiveCount"].flatMap { Int($0) }
                    ?? 1,
                sentMilliseconds: record.attributes?["SentTimestamp"].flatMap { UInt64($0) } ?? 0)
            if let index = sources.firstIndex(where: { $0.arn == record.eventSourceARN }) {
                sources[index].messages.append(message)
            } else {
                sources.append((record.eventSourceARN, [message]))
            }
        }
        return sources
    }

    private struct Form: Decodable {
        let Records: [Record]?
        let source: String?
    }

    private struct Record: Decodable {
        let messageId: String
        let receiptHandle: String
        let body: String
        let attributes: [String: String]?
        let eventSource: String
        let eventSourceARN: String
    }
}

/// What an event source wants to hear: which messages it must not delete.
struct BatchResponse: Encodable {
    let batchItemFailures: [Failure]

    struct Failure: Encodable {
        let itemIdentifier: String
    }

    /// - Parameter ids: SQS's own.
    init(failed ids: [String]) {
        batchItemFailures = ids.map { Failure(itemIdentifier: $0) }
    }
}
