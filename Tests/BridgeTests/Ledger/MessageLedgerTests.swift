// SPDX-License-Identifier: MIT
import Orders
import QueueState
import Testing

@testable import Bridge

/// The records of messages on the stand-in for DynamoDB; time is what the test says it is.
@Suite struct MessageLedgerTests {
    private let ledger: MessageLedger
    private let key: MessageKey
    private let start = MeshInstant(milliseconds: 1_795_456_800_000)

    init() async throws {
        let fixture = try await BridgeFixture()
        let cloud = try fixture.cloud
        try await cloud.provision()
        ledger = cloud.desk.ledger
        key = MessageKey(
            queue: try #require(QueueName("payment")),
            id: UniqueID(high: .random(in: 1 ... .max), low: 7))
    }

    private func lease(
        _ token: UInt64, copy: String = "copy-1", at now: MeshInstant
    ) -> MessageLedger.Lease {
        MessageLedger.Lease(
            key: key, copy: copy, token: token, end: now + .seconds(30), attemptsMax: 4)
    }

    @Test func `a message on lease is nobody else's until the lease ends [B-7]`() async throws {
        #expect(try await ledger.announce(key, body: "x", now: start) == .new)
        #expect(try await ledger.announce(key, body: "x", now: start) == .unsure)
        let claim = try await ledger.claim(lease(1, at: start), now: start)
        guard case .leased(let record) = claim else {
            Issue.record("\(claim)")
            return
        }
        #expect(record.attempts == 1)
        #expect(try await ledger.announce(key, body: "x", now: start) == .known)

        let early = start + .seconds(29)
        #expect(
            try await ledger.claim(lease(2, at: early), now: early)
                == .busy(until: start + .seconds(30)))
        let late = start + .seconds(31)
        guard case .leased(let second) = try await ledger.claim(lease(3, at: late), now: late)
        else {
            Issue.record("the lease had ended")
            return
        }
        #expect(second.attempts == 2)
        #expect(second.history.map(\.error) == ["lease expired"])
    }

    @Test func `a stale lease settles nothing [B-11]`() async throws {
        _ = try await ledger.claim(lease(1, at: start), now: start)
        let late = start + .seconds(31)
        #expect(
            try await ledger.settle(key, token: 1, .ack, outputs: [], now: late) == nil,
            "after its end")
        _ = try await ledger.claim(lease(2, at: late), now: late)
        #expect(
            try await ledger.settle(key, token: 1, .ack, outputs: [], now: late) == nil,
            "after another has it")
        let record = try await ledger.settle(key, token: 2, .ack, outputs: [], now: late)
        #expect(record?.state == .settled)
    }

    @Test func `a settlement that is sent again is told the same`() async throws {
        _ = try await ledger.claim(lease(1, at: start), now: start)
        let first = try await ledger.settle(key, token: 1, .ack, outputs: [], now: start)
        let second = try await ledger.settle(key, token: 1, .ack, outputs: [], now: start)
        #expect(first != nil)
        #expect(first == second)
    }

    @Test func `another copy of a message is a duplicate, whenever it comes`() async throws {
        _ = try await ledger.claim(lease(1, at: start), now: start)
        let other = lease(2, copy: "copy-2", at: start)
        #expect(try await ledger.claim(other, now: start) == .duplicate)
        _ = try await ledger.settle(key, token: 1, .ack, outputs: [], now: start)
        #expect(try await ledger.claim(other, now: start) == .duplicate)
    }

    @Test func `a settlement whose outputs were not sent is found by the next delivery`()
        async throws
    {
        let output = StoredOutput(
            key: MessageKey(queue: key.queue, id: UniqueID(high: 9, low: 9)), body: "charge",
            notBefore: .epoch)
        _ = try await ledger.claim(lease(1, at: start), now: start)
        _ = try await ledger.settle(key, token: 1, .ack, outputs: [output], now: start)
        let claim = try await ledger.claim(lease(2, at: start), now: start)
        guard case .unfinished(let record) = claim else {
            Issue.record("\(claim)")
            return
        }
        #expect(record.state == .settled)
        #expect(record.outputs == [output])
    }

    @Test func `when the last lease ends by its time, the message is dead [B-10]`() async throws {
        var now = start
        for attempt in 1...4 {
            let claim = try await ledger.claim(lease(UInt64(attempt), at: now), now: now)
            guard case .leased = claim else {
                Issue.record("\(claim)")
                return
            }
            now += .seconds(31)
        }
        let claim = try await ledger.claim(lease(5, at: now), now: now)
        guard case .exhausted(let record) = claim else {
            Issue.record("\(claim)")
            return
        }
        let dead = try await ledger.bury(key, exhausted: record, now: now)
        #expect(dead?.state == .dead)
        #expect(dead?.history.count == 4)
        #expect(try await ledger.bury(key, exhausted: record, now: now) == dead)
        #expect(try await ledger.revive(key, now: now) == .revived)
        #expect(try await ledger.revive(key, now: now) == .unsure)
    }

    @Test func `a release takes the attempt back [B-14]`() async throws {
        _ = try await ledger.claim(lease(1, at: start), now: start)
        let record = try await ledger.settle(key, token: 1, .release, outputs: [], now: start)
        #expect(record?.attempts == 0)
        #expect(record?.acquired == 1)
    }
}
