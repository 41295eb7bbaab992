// SPDX-License-Identifier: MIT
import AWS
import CloudAccess
import Daemon
import Logging
import NIOCore
import Orders
import QueueState
import SecureTransport
import Sessions
import TestSupport
import Testing
import Wire

@testable import Bridge

/// That the policy of a stage as a function is enough, and that none of it could go.
@Suite struct FunctionPolicyTests {
    private let fixture: SetupFixture
    private let root: BridgeCloud
    private static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init() throws {
        fixture = try SetupFixture()
        root = BridgeCloud(
            Self.settings(fixture), credentials: .fixed(fixture.stack.credentials),
            transport: SignedCalls(), clock: WallClock(), logger: Self.silent)
    }

    @Test(arguments: ["inventoryd", "paymentd", "fulfillmentd", "notificationd"])
    func `a stage as a function does all that it can with its policy, and with nothing less`(
        stage: String
    ) async throws {
        let identity = try #require(CloudIdentity.named(stage))
        try await root.provision()
        let user = try await StandInUser(of: fixture.stack)
        try await user.may(identity, fixture.names)
        let recorder = RecordingCalls()
        let function = try InvokedQueues(
            Self.settings(fixture),
            environment: [
                "AWS_ACCESS_KEY_ID": user.credentials.accessKey,
                "AWS_SECRET_ACCESS_KEY": user.credentials.secretKey,
            ], as: stage, transport: recorder, clock: WallClock(), logger: Self.silent)
        let source = SQSClient(fixture.client(user.credentials, recorder))
        for queue in queues(of: stage, with: .consume) {
            try await work(on: queue, as: stage, function, source)
        }
        if stage == "fulfillmentd" { try await keepReceipt(function) }

        let proof = PolicyProof(identity: identity, names: fixture.names, calls: recorder.all)
        #expect(!recorder.all.contains { $0.status == 403 })
        let byLambda: Set = ["logs:CreateLogStream", "logs:PutLogEvents"]
        #expect(
            proof.usedExactly.sorted()
                == proof.allowedExactly.filter { !byLambda.contains($0.action) }.sorted())
        #expect(proof.keysOutside.isEmpty)
        #expect(proof.keysUnused.isEmpty)
        let refused = try await proof.refusedWhenTakenAway(on: fixture.stack)
        #expect(refused.sorted() == proof.refusable(unseen: byLambda).sorted())
    }

    private static func settings(_ fixture: SetupFixture) -> BridgeSettings.Cloud {
        BridgeSettings.Cloud(
            region: fixture.stack.region, endpoint: fixture.stack.endpoint,
            table: fixture.names.table, bucket: fixture.names.bucket,
            queuePrefix: fixture.names.prefix, isProvisioning: true, receiveWait: .seconds(1))
    }

    private func queues(of stage: String, with verb: AccessPolicy.Verbs) -> [String] {
        AccessPolicy.queues.filter {
            AccessPolicy.stages.verbs(of: .service(stage), on: $0).contains(verb)
        }
    }

    // MARK: - All that a function does

    /// One message done with outputs to all that it may publish to, one to come back, one dead; and what
    /// Lambda does with them under the function's role.
    private func work(
        on queue: String, as stage: String, _ function: InvokedQueues, _ source: SQSClient
    ) async throws {
        let carrier = try #require(try await source.find(queue: fixture.names.prefix + queue))
        _ = try await source.attributes([.visibleCount], of: carrier)
        let outputs = queues(of: stage, with: .publish).map {
            Output(queue: $0, message: envelope("next"), delayMilliseconds: 0)
        }
        for verdict in [Verdict.ack, .retry, .dead] {
            let delivery = try await claim(from: queue, carrier, function, source)
            let end = settlement(
                delivery, verdict, reason: "no", outputs: verdict == .ack ? outputs : [])
            let ended = await function.settle([end], in: queue)
            #expect(ended.map(\.result.code) == [0])
        }
        for output in outputs {
            let id = MessageID(output.message.id)
            #expect(try await function.standings(of: [id], in: output.queue) == [.held])
        }
    }

    /// Publishes a message behind the function's back, and brings it as Lambda's event source does.
    private func claim(
        from queue: String, _ carrier: QueueURL, _ function: InvokedQueues, _ source: SQSClient
    ) async throws -> Wire.Delivery {
        let found = try await root.desk.catalog.find(queue)
        let message = StoredOutput(envelope("step"), to: found.name)
        for outcome in await root.desk.publisher.publish([message], to: found) {
            _ = try outcome.get()
        }
        while true {
            let received = try await source.receive(
                from: carrier, countMax: 1, visibility: .seconds(30), wait: .seconds(5))
            let claimed = await function.claim(received, from: queue, leaseMax: .seconds(20))
            if case .delivery(let delivery)? = claimed.first,
                delivery.message.id == message.key.id
            {
                for outcome in await source.delete(["none"], from: carrier) {
                    if case .failure(let error) = outcome { #expect(error.code != .denied) }
                }
                return delivery
            }
        }
    }

    /// Put, and put again: then it is looked whether the same lies there.
    private func keepReceipt(_ function: InvokedQueues) async throws {
        let bytes = Array("a receipt".utf8)
        let receipt = PutReceipt(
            name: "2026-11-26/a.json", contentType: "application/json",
            sha256: ByteBuffer(bytes: Digest.sha256(bytes)), body: ByteBuffer(bytes: bytes))
        #expect(try await !function.put(receipt).duplicate)
        #expect(try await function.put(receipt).duplicate)
    }
}
