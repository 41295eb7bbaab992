// SPDX-License-Identifier: MIT

/// Amazon SQS, standard queues.
package struct SQSClient: Sendable {
    /// Messages in one batch request.
    package static let batchCountMax = 10

    /// Bytes of all message bodies of one request together, and so of one message.
    package static let bodyByteCountMax = 1_048_576

    /// The longest delay of a new message.
    package static let delayMax = Duration.seconds(900)

    /// The longest visibility timeout, counted from when the message was received.
    package static let visibilityMax = Duration.seconds(43_200)

    /// The longest that a receive may wait for a first message.
    package static let waitMax = Duration.seconds(20)

    private let client: AWSClient

    package init(_ client: AWSClient) {
        self.client = client
    }
}

// MARK: - Messages

extension SQSClient {
    /// Sends `messages`, each with an outcome of its own, in the order given.
    ///
    /// Makes as many requests as the limits of a batch demand. A message whose outcome is uncertain
    /// may be in the queue already: sending it again may put it there twice.
    package func send(
        _ messages: [OutgoingMessage],
        to queue: QueueURL
    ) async -> [Result<String, AWSError>] {
        var outcomes: [Result<String, AWSError>] = []
        outcomes.reserveCapacity(messages.count)
        for batch in Batches(messages, byteCount: { $0.body.utf8.count }) {
            await outcomes.append(contentsOf: sendBatch(batch, to: queue))
        }
        return outcomes
    }

    private func sendBatch(
        _ batch: ArraySlice<OutgoingMessage>,
        to queue: QueueURL
    ) async -> [Result<String, AWSError>] {
        let entries = batch.enumerated().map { offset, message in
            SendMessageBatch.Entry(
                Id: String(offset), MessageBody: message.body,
                DelaySeconds: message.delay.wholeSeconds)
        }
        do throws(AWSError) {
            let answer = try await client.call(
                SendMessageBatch(QueueUrl: queue.url, Entries: entries))
            return answer.outcomes(count: batch.count) { $0.MessageId ?? "" }
        } catch {
            return batch.map { _ in .failure(error) }
        }
    }

    /// Up to ten messages, invisible to others for `visibility`; none when `wait` passed without one.
    package func receive(
        from queue: QueueURL,
        countMax: Int,
        visibility: Duration,
        wait: Duration
    ) async throws(AWSError) -> [ReceivedMessage] {
        let request = ReceiveMessage(
            QueueUrl: queue.url,
            MaxNumberOfMessages: min(max(countMax, 1), Self.batchCountMax),
            VisibilityTimeout: min(visibility, Self.visibilityMax).wholeSeconds,
            WaitTimeSeconds: min(wait, Self.waitMax).wholeSeconds,
            MessageSystemAttributeNames: ["ApproximateReceiveCount", "SentTimestamp"])
        let answer = try await client.call(request)
        return try (answer.Messages ?? []).map { message throws(AWSError) in
            try ReceivedMessage(message)
        }
    }

    /// Deletes by receipt handle; one outcome each, in the order given.
    package func delete(
        _ receiptHandles: [String],
        from queue: QueueURL
    ) async -> [Result<Void, AWSError>] {
        await inBatches(receiptHandles) { batch throws(AWSError) in
            let entries = batch.enumerated().map { offset, handle in
                DeleteMessageBatch.Entry(Id: String(offset), ReceiptHandle: handle)
            }
            return try await client.call(
                DeleteMessageBatch(QueueUrl: queue.url, Entries: entries))
        }
    }

    /// Makes each message visible again after its `visibility`, counted from now; zero: at once.
    package func changeVisibility(
        _ changes: [VisibilityChange],
        in queue: QueueURL
    ) async -> [Result<Void, AWSError>] {
        await inBatches(changes) { batch throws(AWSError) in
            let entries = batch.enumerated().map { offset, change in
                ChangeMessageVisibilityBatch.Entry(
                    Id: String(offset), ReceiptHandle: change.receiptHandle,
                    VisibilityTimeout: min(change.visibility, Self.visibilityMax).wholeSeconds)
            }
            return try await client.call(
                ChangeMessageVisibilityBatch(QueueUrl: queue.url, Entries: entries))
        }
    }

    private func inBatches<Element>(
        _ elements: [Element],
        call: (ArraySlice<Element>) async throws(AWSError) -> BatchAnswer
    ) async -> [Result<Void, AWSError>] {
        var outcomes: [Result<Void, AWSError>] = []
        for batch in Batches(elements, byteCount: { _ in 0 }) {
            do throws(AWSError) {
                let answer = try await call(batch)
                outcomes.append(contentsOf: answer.outcomes(count: batch.count) { _ in () })
            } catch {
                outcomes.append(contentsOf: batch.map { _ in .failure(error) })
            }
        }
        return outcomes
    }
}

// MARK: - Queues

extension SQSClient {
    /// The queue's address; nil when there is no such queue.
    package func find(queue name: String) async throws(AWSError) -> QueueURL? {
        do throws(AWSError) {
            return QueueURL(url: try await client.call(GetQueueURL(QueueName: name)).QueueUrl)
        } catch {
            if error.code == .notFound { return nil }
            throw error
        }
    }

    /// All queues whose name begins with `prefix`.
    package func list(prefix: String) async throws(AWSError) -> [QueueURL] {
        var queues: [QueueURL] = []
        var token: String?
        repeat {
            let page = try await client.call(
                ListQueues(QueueNamePrefix: prefix, MaxResults: 1_000, NextToken: token))
            queues += (page.QueueUrls ?? []).map { QueueURL(url: $0) }
            token = page.NextToken
        } while token != nil
        return queues
    }

    /// Creates the queue, or finds the one with this name and the same attributes.
    ///
    /// Throws `conflict` when one with other attributes is there: see `set`.
    package func create(
        queue name: String,
        attributes: [QueueAttribute: String]
    ) async throws(AWSError) -> QueueURL {
        let answer = try await client.call(
            CreateQueue(QueueName: name, Attributes: attributes.byName))
        return QueueURL(url: answer.QueueUrl)
    }

    package func set(
        _ attributes: [QueueAttribute: String],
        of queue: QueueURL
    ) async throws(AWSError) {
        _ = try await client.call(
            SetQueueAttributes(QueueUrl: queue.url, Attributes: attributes.byName))
    }

    /// Those of `attributes` that the queue has.
    package func attributes(
        _ attributes: [QueueAttribute],
        of queue: QueueURL
    ) async throws(AWSError) -> [QueueAttribute: String] {
        let answer = try await client.call(
            GetQueueAttributes(
                QueueUrl: queue.url, AttributeNames: attributes.map(\.rawValue)))
        let pairs = (answer.Attributes ?? [:]).compactMap { name, value in
            QueueAttribute(rawValue: name).map { ($0, value) }
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }
}

extension [QueueAttribute: String] {
    fileprivate var byName: [String: String] {
        [String: String](uniqueKeysWithValues: map { ($0.key.rawValue, $0.value) })
    }
}
