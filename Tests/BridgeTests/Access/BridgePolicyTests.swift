// SPDX-License-Identifier: MIT
import AWS
import CloudAccess
import Daemon
import NIOCore
import Orders
import SecureTransport
import ServiceClients
import Sessions
import TestSupport
import Testing
import Wire

@testable import Bridge

/// That the policy of `bridged` is enough, and that none of it could go: on the stand-in, which checks
/// who may do what.
@Suite struct BridgePolicyTests {
    private let identity: CloudIdentity

    init() throws {
        identity = try #require(CloudIdentity.named("bridged"))
    }

    @Test func `the bridge does all that it can with its policy, and with nothing less`()
        async throws
    {
        let recorder = RecordingCalls()
        let fixture = try await BridgeFixture(transport: recorder, as: identity)
        try await fixture.run { clients in
            try await passOrder(clients)
            try await buryAndRedrive(clients)
            try await lookAround(clients)
            try await takeTokens(clients)
            try await keepReceipts(clients)
            try await keepKeys(clients)
        }
        let proof = PolicyProof(
            identity: identity, names: fixture.names, calls: recorder.all)
        #expect(!recorder.all.contains { $0.status == 403 })
        #expect(proof.used.sorted() == proof.allowed.sorted())
        let refused = try await proof.refusedWhenTakenAway(on: fixture.stack)
        // AWS says that an object is missing only to who may list the bucket, the stand-in to everybody.
        #expect(refused.sorted() == proof.refusable(unseen: ["s3:ListBucket"]).sorted())
    }

    @Test func `a bridge without the right to send refuses, and says what AWS said`()
        async throws
    {
        let fixture = try await BridgeFixture(
            as: identity.without("sqs:SendMessage", of: "Messages"))
        try await fixture.run { clients in
            let error = await #expect(throws: CallError.self) {
                try await clients.broker(as: "ingestd").publish(envelope("x"), to: "inventory")
            }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("denied") == true)
        }
    }

    @Test func `another mesh's queues and another table are out of reach`() async throws {
        let fixture = try await BridgeFixture(as: identity)
        let other = try await BridgeFixture()
        try await other.cloud.provision()
        let user = try await StandInUser(of: fixture.stack)
        try await user.may(identity, fixture.names)
        let client = AWSClient(
            configuration: AWSConfiguration(
                region: fixture.stack.region, endpoint: fixture.stack.endpoint),
            credentials: .fixed(user.credentials), transport: SignedCalls())
        let sqs = SQSClient(client)
        let queue = await #expect(throws: AWSError.self) {
            try await sqs.find(queue: other.names.prefix + "payment")
        }
        let table = await #expect(throws: AWSError.self) {
            try await DynamoDBClient(client).status(of: other.names.table)
        }
        let made = await #expect(throws: AWSError.self) {
            try await sqs.create(queue: fixture.names.prefix + "payment", attributes: [:])
        }
        #expect([queue, table, made].map { $0?.code } == [.denied, .denied, .denied])
    }
}

// MARK: - All that a bridge does

extension BridgePolicyTests {
    private func deliveries(
        _ count: Int, of queue: String, for client: BrokerClient,
        settle: (Delivery) -> Settlement
    ) async throws {
        let source = try await client.consume(queue, credit: 1)
        var left = count
        for try await batch in source {
            client.grant(batch.deliveries.count, for: batch, of: source)
            let results = try await client.settle(batch.deliveries.map(settle), in: queue)
            #expect(results.allSatisfy { $0.code == 0 })
            left -= batch.deliveries.count
            if left <= 0 { break }
        }
        try await client.stop(source)
    }

    /// Published, leased, settled with an output.
    private func passOrder(_ clients: BridgeClients) async throws {
        let inventory = try clients.broker(as: "inventoryd")
        _ = try await clients.broker(as: "ingestd").publish(envelope("order"), to: "inventory")
        let output = Output(
            queue: "payment", message: envelope("charge"), delayMilliseconds: 0)
        try await deliveries(1, of: "inventory", for: inventory) { delivery in
            settlement(delivery, .ack, outputs: [output])
        }
        let id = MessageID(output.message.id)
        #expect(try await inventory.standings(of: [id], in: "payment") == [.held])
    }

    /// Failed four times, looked at, brought back.
    private func buryAndRedrive(_ clients: BridgeClients) async throws {
        _ = try await clients.broker(as: "ingestd").publish(envelope("poison"), to: "inventory")
        let inventory = try clients.broker(as: "inventoryd")
        try await deliveries(4, of: "inventory", for: inventory) { delivery in
            settlement(delivery, .retry, reason: "no")
        }
        let alice = try clients.operator()
        #expect(try await alice.deadLetters(of: "inventory").count == 1)
        let redriven = try await alice.redrive(Redrive("inventory", who: "alice", why: "mended"))
        #expect(redriven.count == 1)
    }

    /// Statistics of all queues, and a policy anew.
    private func lookAround(_ clients: BridgeClients) async throws {
        let alice = try clients.operator()
        #expect(try await alice.stats().queues.count == AccessPolicy.queues.count)
        try await alice.declare(
            Declare(
                queue: "payment", leaseMilliseconds: 30_000, attemptsMax: 4,
                backoffBaseMilliseconds: 1, backoffMaxMilliseconds: 1, depthMax: 10,
                byteDepthMax: 1 << 20, who: "alice", why: "test", holdBehindDead: false))
    }

    private func takeTokens(_ clients: BridgeClients) async throws {
        let limiter = LimiterClient(try clients.connection(as: .operator("alice")))
        let plan = RatePlan(
            tenant: "acme", ratePerSecond: 5, burst: 10, weight: 1, depthMax: 0, concurrency: 0,
            shadow: false, whenAway: .refuse)
        _ = try await limiter.setPlan(plan, by: "alice", because: "a test")
        #expect(try await limiter.plan(of: "acme").burst == 10)
    }

    /// Put, put again, and asked for where there is none.
    private func keepReceipts(_ clients: BridgeClients) async throws {
        let receipts = ReceiptClient(try clients.connection(as: .service("fulfillmentd")))
        let bytes = Array("a receipt".utf8)
        let receipt = PutReceipt(
            name: "2026-11-26/a.json", contentType: "application/json",
            sha256: ByteBuffer(bytes: Digest.sha256(bytes)), body: ByteBuffer(bytes: bytes))
        #expect(try await !receipts.put(receipt))
        #expect(try await receipts.put(receipt))
        let error = await #expect(throws: CallError.self) { try await receipts.get("none.json") }
        #expect(error?.code == .unknownReceipt)
    }

    /// Claimed, claimed again, and listed.
    private func keepKeys(_ clients: BridgeClients) async throws {
        let keys = KeyClient(try clients.connection(as: .operator("alice")))
        let now = WallClock().now().milliseconds
        let id = UniqueID.version7(milliseconds: now, random: (1, 2))
        let key = NamedKey(
            tenant: "acme", key: "cart", fingerprint: ByteBuffer(repeating: 1, count: 32),
            order: id, expiresMilliseconds: now + 3_600_000)
        #expect(try await keys.claim([key, key]).map(\.order) == [id, id])
        #expect(try await keys.list().keys == [key])
    }
}
