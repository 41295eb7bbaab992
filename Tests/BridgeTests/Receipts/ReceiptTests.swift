// SPDX-License-Identifier: MIT
import NIOCore
import SecureTransport
import ServiceClients
import Sessions
import TestSupport
import Testing
import Wire

@testable import AWS
@testable import Bridge

/// `protocol/receipts.md`, over real sessions, on the stand-in for AWS.
@Suite struct ReceiptTests {
    private static let stage = PeerIdentity.service("fulfillmentd")

    @Test func `a receipt is there for good, and the same again is the same [R-1] [R-2] [R-5]`()
        async throws
    {
        let fixture = try await BridgeFixture()
        try await fixture.run { clients in
            let receipt = PutReceipt("20782/a-1.json", "paid", contentType: "application/json")
            #expect(try await !clients.receipts(as: Self.stage).put(receipt))
            // From another connection, as after a crash of the stage.
            #expect(try await clients.receipts(as: Self.stage).put(receipt))
            let found = try await clients.receipts(as: .operator("alice")).get(receipt.name)
            #expect(found.body == receipt.body)
            #expect(found.sha256 == receipt.sha256)
            #expect(found.contentType == "application/json")
        }
    }

    @Test func `other bytes under a name are refused, and change nothing [R-2]`() async throws {
        try await BridgeFixture().run { clients in
            let client = try clients.receipts(as: Self.stage)
            _ = try await client.put(PutReceipt("a/b", "first"))
            await Self.expect(.receiptConflict) {
                _ = try await client.put(PutReceipt("a/b", "second"))
            }
            await Self.expect(.receiptConflict) {
                _ = try await client.put(PutReceipt("a/b", "first", contentType: "text/html"))
            }
            #expect(try await client.get("a/b").body == ByteBuffer(string: "first"))
        }
    }

    @Test func `of many at once under one name exactly one is stored [R-2]`() async throws {
        try await BridgeFixture().run { clients in
            let client = try clients.receipts(as: Self.stage)
            let stored = await withTaskGroup(of: String?.self) { group in
                for index in 0..<24 {
                    group.addTask {
                        let text = "version \(index)"
                        let isThere = try? await client.put(PutReceipt("race", text))
                        return isThere == false ? text : nil
                    }
                }
                return await group.reduce(into: []) { stored, text in stored += [text] }
                    .compactMap { $0 }
            }
            #expect(stored.count == 1)
            let found = try await client.get("race").body
            #expect(stored.first.map { ByteBuffer(string: $0) } == found)
        }
    }

    @Test func `what is no receipt is refused before anything is stored [R-3]`() async throws {
        try await BridgeFixture().run { clients in
            let client = try clients.receipts(as: Self.stage)
            var damaged = PutReceipt("damaged", "paid")
            damaged.body = ByteBuffer(string: "pa1d")
            var short = PutReceipt("short", "paid")
            short.sha256 = ByteBuffer(bytes: [1, 2, 3])
            let untyped = PutReceipt("untyped", "paid", contentType: "")
            let split = PutReceipt("split", "paid", contentType: "text/plain\r\nx: y")
            for receipt in [damaged, short, untyped, split] {
                await Self.expect(.badReceipt) { _ = try await client.put(receipt) }
                await Self.expect(.unknownReceipt) { _ = try await client.get(receipt.name) }
            }
        }
    }

    @Test(arguments: [
        "", "/a", "a/", "a//b", ".", "..", "a/../b", ".hidden", "a b", "a%2Fb", "a?b", "ä",
        String(repeating: "a", count: 200) + "/",
    ])
    func `what climbs, hides or needs spelling is no name [R-3]`(name: String) {
        #expect(!ReceiptForm.isName(name))
    }

    @Test func `a body above the limit does not decode [R-4]`() {
        var bytes = ByteBuffer()
        bytes.writeWireString("name", max: 200)
        bytes.writeWireString("text/plain", max: 64)
        bytes.writeWireBytes(ByteBuffer(repeating: 0, count: 32), max: 32)
        let body = ByteBuffer(repeating: 0, count: WireLimits.receiptByteCountMax + 1)
        bytes.writeWireBytes(body, max: body.readableBytes)
        #expect(throws: WireError.self) {
            var reader = WireReader(bytes)
            _ = try PutReceipt(from: &reader)
        }
    }

    @Test func `a receipt at the limit is kept whole [R-5]`() async throws {
        try await BridgeFixture().run { clients in
            let client = try clients.receipts(as: Self.stage)
            let text = String(repeating: "0123456789abcdef", count: (1 << 20) / 16)
            let receipt = PutReceipt("long", text)
            _ = try await client.put(receipt)
            #expect(try await client.get("long").body == receipt.body)
        }
    }

    @Test func `what nobody verified when it came is not handed out [R-5]`() async throws {
        let fixture = try await BridgeFixture()
        try await fixture.run { clients in
            let bucket = try #require(fixture.settings.cloud?.bucket)
            let aws = AWSClient(
                configuration: AWSConfiguration(
                    region: fixture.stack.region, endpoint: fixture.stack.endpoint),
                credentials: .fixed(fixture.stack.credentials), transport: SignedCalls())
            _ = try await aws.send(
                "PUT", to: .s3, path: "/\(bucket)/\(ReceiptVault.prefix)forged",
                headers: [("x-amz-content-sha256", Self.hexadecimal(Digest.sha256("x".utf8)))],
                body: Array("x".utf8))
            let client = try clients.receipts(as: Self.stage)
            await Self.expect(.receiptDamaged) { _ = try await client.get("forged") }
        }
    }

    @Test func `only fulfillmentd puts, and only it and operators get [R-7]`() async throws {
        try await BridgeFixture().run { clients in
            let receipt = PutReceipt("mine", "paid")
            for peer in [
                PeerIdentity.service("paymentd"), .service("ingestd"), .operator("alice"),
                .tenant("acme"),
            ] {
                let client = try clients.receipts(as: peer)
                await Self.expect(.notPermitted) { _ = try await client.put(receipt) }
                guard case .operator = peer else {
                    await Self.expect(.notPermitted) { _ = try await client.get("mine") }
                    continue
                }
                await Self.expect(.unknownReceipt) { _ = try await client.get("mine") }
            }
        }
    }

    @Test func `with a third of the answers lost each receipt is there once [R-6]`() async throws {
        let transport = LossyTransport(seed: 11, lossPercent: 33)
        let fixture = try await BridgeFixture(transport: transport)
        try await fixture.run { clients in
            let client = try clients.receipts(as: Self.stage)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<40 {
                    group.addTask {
                        try await Self.insist(PutReceipt("r/\(index)", "receipt \(index)"), client)
                    }
                }
                try await group.waitForAll()
            }
            let cloud = try fixture.cloud
            for index in 0..<40 {
                let found = try await cloud.desk.receipts?.find("r/\(index)").body
                #expect(found == ByteBuffer(string: "receipt \(index)"))
            }
        }
        #expect(transport.lostCount > 10)
    }

    /// Puts until it is known to be there.
    private static func insist(_ receipt: PutReceipt, _ client: ReceiptClient) async throws {
        for _ in 0..<50 {
            do throws(CallError) {
                _ = try await client.put(receipt)
                return
            } catch {
                #expect(error.effect == .maybeApplied)
            }
        }
        Issue.record("fifty attempts to put \(receipt.name) failed")
    }

    private static func expect(
        _ code: WireErrorCode, _ call: () async throws -> Void
    ) async {
        let error = await #expect(throws: CallError.self) { try await call() }
        #expect(error?.code == code)
        #expect(error?.effect == .notApplied)
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
