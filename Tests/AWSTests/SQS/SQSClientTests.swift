// SPDX-License-Identifier: MIT
import Testing

@testable import AWS

@Suite struct SQSClientTests {
    private let queue = QueueURL(url: "http://q")

    @Test func `eleven messages are two batches, and each has its own outcome`() async {
        let first = """
            {"Successful":[{"Id":"1","MessageId":"m1"}],
             "Failed":[{"Id":"0","Code":"InternalError","SenderFault":false},
                       {"Id":"2","Code":"InvalidMessageContents","SenderFault":true}]}
            """
        let second = #"{"Successful":[{"Id":"0","MessageId":"m10"}]}"#
        let transport = ScriptedTransport([.answer(200, first), .answer(200, second)])
        let messages = (0..<11).map { OutgoingMessage(body: "body \($0)") }
        let outcomes = await SQSClient(.scripted(transport)).send(messages, to: queue)
        #expect(outcomes.count == 11)
        #expect(transport.requests.count == 2)
        #expect(effect(of: outcomes[0]) == .maybeApplied)
        #expect((try? outcomes[1].get()) == "m1")
        #expect(effect(of: outcomes[2]) == .notApplied)
        #expect(effect(of: outcomes[3]) == .maybeApplied)
        #expect((try? outcomes[10].get()) == "m10")
    }

    @Test func `a failed batch leaves its messages' effect as uncertain as the call's`() async {
        let transport = ScriptedTransport(Array(repeating: .failure(.answerLost), count: 3))
        let outcomes = await SQSClient(.scripted(transport)).send(
            [OutgoingMessage(body: "a"), OutgoingMessage(body: "b")], to: queue)
        #expect(outcomes.map { effect(of: $0) } == [.maybeApplied, .maybeApplied])
    }

    @Test func `batches keep order and stay under the bytes of one request`() {
        let half = SQSClient.bodyByteCountMax / 2
        let sizes = [half, half, 1, half, SQSClient.bodyByteCountMax + 1, 1, 1]
        let batches = Batches(sizes, byteCount: { $0 }).map(Array.init)
        #expect(
            batches == [[half, half], [1, half], [SQSClient.bodyByteCountMax + 1], [1, 1]])
    }

    @Test func `a received message carries its handle, its count and its time`() async throws {
        let answer = """
            {"Messages":[{"MessageId":"m","ReceiptHandle":"h","Body":"b","MD5OfBody":"x",
              "Attributes":{"ApproximateReceiveCount":"3","SentTimestamp":"1700000000123"}}]}
            """
        let transport = ScriptedTransport([.answer(200, answer)])
        let received = try await SQSClient(.scripted(transport)).receive(
            from: queue, countMax: 99, visibility: .milliseconds(1_500), wait: .seconds(60))
        #expect(received.first?.id == "m")
        #expect(received.first?.receiptHandle == "h")
        #expect(received.first?.receiveCount == 3)
        #expect(received.first?.sentMilliseconds == 1_700_000_000_123)
        let body = try #require(transport.bodies.first)
        #expect(body.contains(#""MaxNumberOfMessages":10"#))
        #expect(body.contains(#""VisibilityTimeout":2"#))
        #expect(body.contains(#""WaitTimeSeconds":20"#))
    }

    @Test func `a queue that does not exist is nil`() async throws {
        let missing = #"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"none"}"#
        let client = SQSClient(.scripted(ScriptedTransport([.answer(400, missing)])))
        #expect(try await client.find(queue: "payment") == nil)
    }

    private func effect(of outcome: Result<String, AWSError>) -> AWSError.Effect? {
        if case .failure(let error) = outcome { return error.effect }
        return nil
    }
}
