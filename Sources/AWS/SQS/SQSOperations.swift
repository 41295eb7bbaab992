// SPDX-License-Identifier: MIT
// swift-format-ignore-file: AlwaysUseLowerCamelCase

// The property names are SQS's: they are the keys of the JSON.

struct GetQueueURL: JSONOperation {
    static let service = AWSService.sqs
    static let target = "AmazonSQS.GetQueueUrl"

    let QueueName: String

    struct Answer: Decodable, Sendable { let QueueUrl: String }
}

struct ListQueues: JSONOperation {
    static let service = AWSService.sqs
    static let target = "AmazonSQS.ListQueues"

    let QueueNamePrefix: String
    let MaxResults: Int
    let NextToken: String?

    struct Answer: Decodable, Sendable {
        let QueueUrls: [String]?
        let NextToken: String?
    }
}

struct CreateQueue: JSONOperation {
    static let service = AWSService.sqs
    static let target = "AmazonSQS.CreateQueue"

    let QueueName: String
    let Attributes: [String: String]

    struct Answer: Decodable, Sendable { let QueueUrl: String }
}

struct SetQueueAttributes: JSONOperation {
    static let service = AWSService.sqs
    static let target = "AmazonSQS.SetQueueAttributes"
    typealias Answer = EmptyAnswer

    let QueueUrl: String
    let Attributes: [String: String]
}

struct GetQueueAttributes: JSONOperation {
    static let service = AWSService.sqs
    static let target = "AmazonSQS.GetQueueAttributes"

    let QueueUrl: String
    let AttributeNames: [String]

    struct Answer: Decodable, Sendable { let Attributes: [String: String]? }
}

struct SendMessageBatch: JSONOperation {
    static let service = AWSService.sqs
    static let target = "AmazonSQS.SendMessageBatch"
    typealias Answer = BatchAnswer

    let QueueUrl: String
    let Entries: [Entry]

    struct Entry: Encodable, Sendable {
        let Id: String
        let MessageBody: String
        let DelaySeconds: Int
    }
}

struct ReceiveMessage: JSONOperation {
    static let service = AWSService.sqs
    static let target = "AmazonSQS.ReceiveMessage"

    let QueueUrl: String
    let MaxNumberOfMessages: Int
    let VisibilityTimeout: Int
    let WaitTimeSeconds: Int
    let MessageSystemAttributeNames: [String]

    var patience: Duration { .seconds(WaitTimeSeconds) }

    struct Answer: Decodable, Sendable { let Messages: [Message]? }

    struct Message: Decodable, Sendable {
        let MessageId: String?
        let ReceiptHandle: String?
        let Body: String?
        let Attributes: [String: String]?
    }
}

struct DeleteMessageBatch: JSONOperation {
    static let service = AWSService.sqs
    static let target = "AmazonSQS.DeleteMessageBatch"
    typealias Answer = BatchAnswer

    let QueueUrl: String
    let Entries: [Entry]

    struct Entry: Encodable, Sendable {
        let Id: String
        let ReceiptHandle: String
    }
}

struct ChangeMessageVisibilityBatch: JSONOperation {
    static let service = AWSService.sqs
    static let target = "AmazonSQS.ChangeMessageVisibilityBatch"
    typealias Answer = BatchAnswer

    let QueueUrl: String
    let Entries: [Entry]

    struct Entry: Encodable, Sendable {
        let Id: String
        let ReceiptHandle: String
        let VisibilityTimeout: Int
    }
}
