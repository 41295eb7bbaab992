// SPDX-License-Identifier: MIT
import QueueState
import SegmentLog
import SimulatedMachine
import Testing

/// Starts on a disk that has no room for another file.
@Suite struct FullDiskTests {
    private static let body = String(repeating: "x", count: 900)

    /// Publishes until the disk is full; nothing is settled.
    private static func fill(_ broker: EngineFixture, from id: UInt64 = 0) throws -> UInt64 {
        broker.storage.limitFiles(to: broker.storage.fileCount)
        broker.engine.isDiskFull = true
        var id = id
        let refusal = #expect(throws: QueueRefusal.self) {
            while true {
                try broker.publish(id + 1, body: body)
                id += 1
            }
        }
        #expect(refusal == .diskFull)
        try broker.commit()
        return id
    }

    @Test func `a start on a full disk takes the spare that was kept for it, and settles`() throws {
        let broker = try EngineFixture()
        try broker.addSpare()
        let count = try Self.fill(broker)
        #expect(count > 5)
        broker.storage.restart()
        let again = try EngineFixture(broker.storage, at: broker.now)
        #expect(again.isFull)
        #expect(throws: QueueRefusal.diskFull) { try again.publish(900) }
        let deliveries = again.deliver()
        #expect(deliveries.count == Int(count))
        for delivery in deliveries { try again.settle(delivery, .acknowledge) }
        try again.commit()
        #expect(again.held.isEmpty)
    }

    @Test func `without a spare it goes on where the log ended, over what was torn there`() throws {
        let first = try EngineFixture()
        try first.addSpare()
        var left = Int(try Self.fill(first))
        for _ in 0..<3 {
            first.storage.restart()
            let broker = try EngineFixture(first.storage, at: first.now)
            #expect(broker.isFull)
            let deliveries = broker.deliver()
            #expect(deliveries.count == left)
            try broker.settle(deliveries[0], .acknowledge)
            try broker.commit()
            left -= 1
            // The next settlement is cut off in the middle of its write.
            try broker.settle(deliveries[1], .acknowledge)
            first.storage.crash(afterOperations: 1)
            #expect(throws: LogError.self) { try broker.commit() }
            first.storage.restart()
            let next = try EngineFixture(first.storage, at: first.now)
            let held = next.engine.contents(of: EngineFixture.queue).count
            #expect(held == left || held == left - 1)
            left = held
        }
        #expect(try first.storage.fileNames().filter { $0.hasSuffix(".segment") }.count <= 3)
    }

    @Test func `the last of the reserve is for starts, and for a purge`() throws {
        let broker = try EngineFixture(policy: QueuePolicy(attemptsMax: 100, backoffBase: .zero))
        try broker.addSpare()
        let count = try Self.fill(broker)
        let refusal = #expect(throws: QueueRefusal.self) {
            while true {
                broker.engine.addCredit(1, to: ConsumerID(1), on: EngineFixture.queue)
                let delivery = try #require(broker.deliver().first)
                try broker.settle(delivery, .retry(after: .zero))
                try broker.commit()
            }
        }
        #expect(refusal == .diskFull)
        broker.pass(.seconds(60))
        let hasWritten = broker.engine.hasBatches
        #expect(!hasWritten, "leases end when there is room to say so")
        broker.storage.restart()
        let again = try EngineFixture(broker.storage, at: broker.now)
        #expect(again.held.count == Int(count))
        let (purged, _) = again.engine.purge(
            EngineFixture.queue, dead: false, by: EngineFixture.requester, now: again.now)
        #expect(purged > 0)
        try again.commit()
    }

    @Test func `a start without any room says so`() throws {
        let storage = SimulatedStorage(seed: 1)
        storage.limitFiles(to: 0)
        let error = #expect(throws: LogError.self) { try EngineFixture(storage) }
        #expect(error?.message.contains("the disk is full") == true)
    }
}

extension EngineFixture {
    fileprivate var isFull: Bool { engine.isDiskFull }

    fileprivate var held: [MessageView] { engine.contents(of: Self.queue) }
}
