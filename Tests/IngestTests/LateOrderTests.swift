// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import SecureTransport
import Sessions
import TestSupport
import Testing
import Wire

@testable import Ingest

@Suite(.timeLimit(.minutes(2))) struct LateOrderTests {
    @Test func `an order whose time passed before its batch is not stored [H-12]`()
        async throws
    {
        let fixture = try IngestFixture()
        try await fixture.run { door in
            let peer = try await RawPeer.connect(
                port: door.mesh.port,
                tls: try door.certificates.context(.client, .tenant("acme")))
            try await peer.greet()
            // The batch under way, behind which the others wait.
            fixture.broker.become(.slow)
            peer.send(PlaceOrder.sample(key: "first"), correlation: 2)
            while fixture.broker.frameCount == 0 { await Task.yield() }
            peer.send(PlaceOrder.sample(key: "late"), correlation: 3, deadlineMilliseconds: 1)
            peer.send(
                PlaceOrder.sample(key: "patient"), correlation: 4, deadlineMilliseconds: 600_000)
            // Frames of a session are received in their order: when this is answered, so are they.
            peer.send(GetOrder(tenant: "acme", order: .zero), correlation: 5)
            #expect(try await peer.nextFrame().header.correlation == 5)
            let received = NIODeadline.now()
            while NIODeadline.now() - received < .milliseconds(5) { await Task.yield() }
            fixture.broker.become(.accepting)
            var answers: [UInt64: Frame] = [:]
            while answers.count < 3 {
                let frame = try await peer.nextFrame()
                answers[frame.header.correlation] = frame
            }
            let error = try ErrorReply(body: try #require(answers[3]).body)
            #expect(error.code == WireErrorCode.deadlineExceeded.rawValue)
            #expect(error.effect == .notApplied)
            #expect(answers[2]?.header.opcode == Opcode.orderPlaced.rawValue)
            #expect(answers[4]?.header.opcode == Opcode.orderPlaced.rawValue)
            #expect(try await fixture.count("orders") == 2)
            await peer.close()
        }
    }
}
