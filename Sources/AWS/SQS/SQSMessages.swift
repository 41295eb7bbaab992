// SPDX-License-Identifier: MIT

/// A queue's address, as SQS names it.
package struct QueueURL: Hashable, Sendable {
    package let url: String

    package init(url: String) {
        self.url = url
    }

    /// The last part of the address.
    package var name: String { url.split(separator: "/").last.map(String.init) ?? "" }
}

/// A message to send.
package struct OutgoingMessage: Sendable {
    /// Characters that XML allows, 1...`SQSClient.bodyByteCountMax` bytes: base64 is always good.
    package let body: String

    /// 0...`SQSClient.delayMax`, in whole seconds (rounded up).
    package let delay: Duration

    package init(body: String, delay: Duration = .zero) {
        self.body = body
        self.delay = delay
    }
}

/// A message that is invisible to others until its visibility timeout ends.
package struct ReceivedMessage: Sendable {
    /// SQS's own id: the same for each delivery of one sent message.
    package let id: String

    /// Stands for this delivery; needed to delete the message or to change its visibility.
    package let receiptHandle: String

    package let body: String

    /// How often it was received, this time included. Approximate, says SQS.
    package let receiveCount: Int

    /// When it was sent, Unix time.
    package let sentMilliseconds: UInt64

    /// A message that somebody else has received, and hands on.
    package init(
        id: String, receiptHandle: String, body: String, receiveCount: Int,
        sentMilliseconds: UInt64
    ) {
        self.id = id
        self.receiptHandle = receiptHandle
        self.body = body
        self.receiveCount = receiveCount
        self.sentMilliseconds = sentMilliseconds
    }

    init(_ message: ReceiveMessage.Message) throws(AWSError) {
        guard let id = message.MessageId, let handle = message.ReceiptHandle,
            let body = message.Body
        else { throw .badAnswer("a received message lacks its id, receipt handle or body") }
        self.id = id
        self.receiptHandle = handle
        self.body = body
        receiveCount = message.Attributes?["ApproximateReceiveCount"].flatMap { Int($0) } ?? 1
        sentMilliseconds = message.Attributes?["SentTimestamp"].flatMap { UInt64($0) } ?? 0
    }
}

/// When a received message becomes visible again.
package struct VisibilityChange: Sendable {
    package let receiptHandle: String

    /// From now; 0...`SQSClient.visibilityMax`, in whole seconds (rounded up).
    package let visibility: Duration

    package init(receiptHandle: String, visibility: Duration) {
        self.receiptHandle = receiptHandle
        self.visibility = visibility
    }
}

/// The attributes of a queue that the bridge sets or reads.
package enum QueueAttribute: String, Sendable {
    case arn = "QueueArn"
    case redrivePolicy = "RedrivePolicy"
    case visibilityTimeout = "VisibilityTimeout"
    case retentionSeconds = "MessageRetentionPeriod"
    case messageByteCountMax = "MaximumMessageSize"
    /// Whether SQS encrypts with a key of its own.
    case managedEncryption = "SqsManagedSseEnabled"
    /// The key of the account that SQS encrypts with instead.
    case encryptionKey = "KmsMasterKeyId"
    case visibleCount = "ApproximateNumberOfMessages"
    case invisibleCount = "ApproximateNumberOfMessagesNotVisible"
    case delayedCount = "ApproximateNumberOfMessagesDelayed"
}
