// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import QueueState
import SecureTransport
import ServiceClients
import Sessions
import TestSupport
import Testing
import Wire

@testable import Bridge

/// Requests that wait in the bridge for others.
@Suite(.timeLimit(.minutes(2))) struct LateRequestTests {
    @Test func `a request whose time passed before its turn is not begun [H-12]`() async throws {
        let transport = HeldTransport()
        try await BridgeFixture(transport: transport).run { clients in
            let peer = try await clients.rawPeer(as: .service("ingestd"))
            // The queue is known from then on: each message is a call or more of its own.
            peer.send(Publish(queue: "inventory", message: envelope("first")), correlation: 2)
            #expect(try await peer.nextFrame().header.opcode == Opcode.published.rawValue)
            transport.hold()
            let count = UInt64(BridgeWorker.answerCountMax)
            for number in 0..<count {
                peer.send(
                    Publish(queue: "inventory", message: envelope("filler-\(number)")),
                    correlation: 100 + number)
            }
            let late = envelope("late")
            let patient = envelope("patient")
            peer.send(
                Publish(queue: "inventory", message: late), correlation: 3,
                deadlineMilliseconds: 1)
            peer.send(
                Publish(queue: "inventory", message: patient), correlation: 4,
                deadlineMilliseconds: 600_000)
            // Frames of a session are received in their order: this one is refused at once, behind them.
            peer.send(StopConsuming(subscription: 9), correlation: 5)
            #expect(try await peer.nextFrame().header.correlation == 5)
            let received = NIODeadline.now()
            while NIODeadline.now() - received < .milliseconds(5) { await Task.yield() }
            #expect(transport.heldCount > 0)
            transport.letGo()
            let answers = try await answers(Int(count) + 2, of: peer)
            let error = try ErrorReply(body: try #require(answers[3]).body)
            #expect(error.code == WireErrorCode.deadlineExceeded.rawValue)
            #expect(error.effect == .notApplied)
            #expect(answers[4]?.header.opcode == Opcode.published.rawValue)
            let standings = try await clients.operator().standings(
                of: [MessageID(late.id), MessageID(patient.id)], in: "inventory")
            #expect(standings == [.neverSeen, .held])
            await peer.close()
        }
    }

    private func answers(_ count: Int, of peer: RawPeer) async throws -> [UInt64: Frame] {
        var answers: [UInt64: Frame] = [:]
        for _ in 0..<count {
            let frame = try await peer.nextFrame()
            answers[frame.header.correlation] = frame
        }
        return answers
    }
}
