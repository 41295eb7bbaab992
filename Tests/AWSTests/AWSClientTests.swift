// SPDX-License-Identifier: MIT
import Testing

@testable import AWS

@Suite struct AWSClientTests {
    private let throttled = #"{"__type":"com.amazonaws.sqs#RequestThrottled","message":"slow"}"#
    private let missing = #"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"none"}"#

    @Test func `a failure of the service is tried three times and then told`() async {
        let transport = ScriptedTransport([.answer(500, ""), .answer(503, ""), .answer(500, "")])
        let error = await failure(of: transport)
        #expect(transport.requests.count == 3)
        #expect(error?.code == .unavailable)
        #expect(error?.effect == .maybeApplied)
    }

    @Test func `a refusal is not tried again`() async {
        let transport = ScriptedTransport([.answer(400, missing)])
        let error = await failure(of: transport)
        #expect(transport.requests.count == 1)
        #expect(error?.code == .notFound)
        #expect(error?.name == "QueueDoesNotExist")
        #expect(error?.effect == .notApplied)
    }

    @Test func `a throttled request had no effect`() async {
        let transport = ScriptedTransport(
            Array(repeating: .answer(400, throttled), count: 3))
        let error = await failure(of: transport)
        #expect(transport.requests.count == 3)
        #expect(error?.code == .throttled)
        #expect(error?.effect == .notApplied)
    }

    @Test func `a refusal after a lost answer leaves the effect uncertain`() async {
        let transport = ScriptedTransport([.failure(.answerLost), .answer(400, missing)])
        let error = await failure(of: transport)
        #expect(error?.code == .notFound)
        #expect(error?.effect == .maybeApplied)
    }

    @Test func `a connection that was refused had no effect`() async {
        let transport = ScriptedTransport(Array(repeating: .failure(.notSent), count: 3))
        let error = await failure(of: transport)
        #expect(error?.code == .unavailable)
        #expect(error?.effect == .notApplied)
    }

    @Test func `a retry that succeeds is a success`() async throws {
        let transport = ScriptedTransport([
            .failure(.timedOut), .answer(200, #"{"QueueUrl":"http://q"}"#),
        ])
        let queue = try await SQSClient(.scripted(transport)).find(queue: "payment")
        #expect(queue == QueueURL(url: "http://q"))
    }

    @Test func `an answer that cannot be read leaves the effect uncertain`() async {
        let error = await failure(of: ScriptedTransport([.answer(200, "<html>")]))
        #expect(error?.code == .badAnswer)
        #expect(error?.effect == .maybeApplied)
    }

    @Test func `what is sent names service, region, target and type`() async throws {
        let transport = ScriptedTransport([.answer(200, #"{"QueueUrl":"http://q"}"#)])
        _ = try await SQSClient(.scripted(transport)).find(queue: "payment")
        let request = try #require(transport.requests.first)
        #expect(request.url == "http://aws.test/")
        #expect(request.service == .sqs)
        #expect(request.region == "eu-central-1")
        #expect(request.headers.map(\.name) == ["Content-Type", "X-Amz-Target"])
        #expect(
            request.headers.map(\.value) == ["application/x-amz-json-1.0", "AmazonSQS.GetQueueUrl"])
        #expect(transport.bodies == [#"{"QueueName":"payment"}"#])
    }

    @Test func `the time that a receive may wait is added to its timeout`() async throws {
        let transport = ScriptedTransport([.answer(200, "{}")])
        let received = try await SQSClient(.scripted(transport)).receive(
            from: QueueURL(url: "http://q"), countMax: 10, visibility: .seconds(30),
            wait: .seconds(20))
        #expect(received.isEmpty)
        #expect(transport.requests.first?.timeout == .seconds(30))
    }

    private func failure(of transport: ScriptedTransport) async -> AWSError? {
        do throws(AWSError) {
            _ = try await SQSClient(.scripted(transport)).create(queue: "payment", attributes: [:])
            return nil
        } catch {
            return error
        }
    }
}
