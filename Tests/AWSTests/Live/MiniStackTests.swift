// SPDX-License-Identifier: MIT
import FoundationEssentials
import TestSupport
import Testing

@testable import AWS

/// The clients against a stand-in for AWS that checks signatures and permissions.
@Suite struct MiniStackTests {
    private let client: AWSClient

    init() throws {
        let stack = try MiniStack.shared.get()
        client = Self.client(
            of: stack, AWSCredentials(accessKey: stack.accessKey, secretKey: stack.secretKey))
    }

    private static func client(of stack: MiniStack, _ credentials: AWSCredentials) -> AWSClient {
        AWSClient(
            configuration: AWSConfiguration(region: stack.region, endpoint: stack.endpoint),
            credentials: .fixed(credentials), transport: SignedCalls())
    }

    @Test func `messages go through a queue, and a deleted one does not come back`() async throws {
        let sqs = SQSClient(client)
        let queue = try await sqs.create(queue: name("through"), attributes: [:])
        #expect(try await sqs.find(queue: queue.name) == queue)
        let bodies = (0..<23).map { "body-\($0)" }
        let sent = await sqs.send(bodies.map { OutgoingMessage(body: $0) }, to: queue)
        #expect(sent.count == 23)
        for outcome in sent { #expect(try outcome.get() != "") }

        var received: [ReceivedMessage] = []
        while received.count < 23 {
            received += try await sqs.receive(
                from: queue, countMax: 10, visibility: .seconds(30), wait: .seconds(5))
        }
        #expect(Set(received.map(\.body)) == Set(bodies))
        #expect(received.allSatisfy { $0.receiveCount == 1 })
        for outcome in await sqs.delete(received.map(\.receiptHandle), from: queue) {
            try outcome.get()
        }
        let counts = try await sqs.attributes([.visibleCount, .invisibleCount], of: queue)
        #expect(counts == [.visibleCount: "0", .invisibleCount: "0"])
    }

    @Test func `a message that is shown again comes back at once, counted`() async throws {
        let sqs = SQSClient(client)
        let queue = try await sqs.create(queue: name("again"), attributes: [:])
        _ = await sqs.send([OutgoingMessage(body: "x")], to: queue)
        for count in 1...3 {
            let received = try await sqs.receive(
                from: queue, countMax: 1, visibility: .seconds(600), wait: .seconds(5))
            let message = try #require(received.first)
            #expect(message.receiveCount == count)
            let change = VisibilityChange(
                receiptHandle: message.receiptHandle, visibility: .zero)
            for outcome in await sqs.changeVisibility([change], in: queue) { try outcome.get() }
        }
    }

    @Test func `a queue that does not exist is told apart from one that does`() async throws {
        #expect(try await SQSClient(client).find(queue: name("missing")) == nil)
    }

    @Test func `a secret that is wrong is a typed refusal`() async throws {
        let stack = try MiniStack.shared.get()
        let stranger = Self.client(
            of: stack, AWSCredentials(accessKey: stack.accessKey, secretKey: "wrong"))
        await #expect {
            try await SQSClient(stranger).find(queue: "any")
        } throws: { error in
            (error as? AWSError)?.code == .badCredentials
        }
    }

    @Test func `an update whose condition does not hold tells what it found`() async throws {
        let database = DynamoDBClient(client)
        let table = name("conditions")
        try await database.create(table: table, key: "pk")
        #expect(try await database.status(of: table) == "ACTIVE")
        try await database.expire(table: table, by: "expires")
        try await database.expire(table: table, by: "expires")
        let key: DynamoDBItem = ["pk": .string("a")]
        #expect(try await database.get(key, from: table) == nil)

        let absent = DynamoDBExpression("attribute_not_exists(#pk)")
        let item: DynamoDBItem = ["pk": .string("a"), "state": .string("new")]
        #expect(try await database.put(item, into: table, if: absent) == .applied(item))
        #expect(try await database.put(item, into: table, if: absent) == .refused(item))

        let change = DynamoDBExpression(
            "SET #state = :next, #count = if_not_exists(#count, :zero) + :one",
            [":next": .string("old"), ":zero": .number(0), ":one": .number(1)])
        let condition = DynamoDBExpression("#state = :new", [":new": .string("new")])
        let changed: DynamoDBItem = [
            "pk": .string("a"), "state": .string("old"), "count": .number(1),
        ]
        #expect(
            try await database.update(key, in: table, change, if: condition) == .applied(changed))
        #expect(
            try await database.update(key, in: table, change, if: condition) == .refused(changed))
        #expect(try await database.get(key, from: table) == changed)
    }

    @Test func `an object is stored once and read back`() async throws {
        let s3 = S3Client(client)
        let bucket = name("receipts").lowercased()
        try await s3.create(bucket: bucket)
        let key = "acme/2026-11/a b+c.txt"
        let body = Array("a receipt".utf8)
        let first = try await s3.putOnce(
            body, contentType: "text/plain", key: key, bucket: bucket)
        let second = try await s3.putOnce(
            [1, 2], contentType: "text/plain", key: key, bucket: bucket)
        #expect(first)
        #expect(!second)
        #expect(try await s3.get(key: key, bucket: bucket)?.bytes == body)
        #expect(try await s3.get(key: "none", bucket: bucket) == nil)
    }

    private func name(_ what: String) -> String {
        "t-\(what)-\(UInt32.random(in: 0 ... .max))"
    }
}
