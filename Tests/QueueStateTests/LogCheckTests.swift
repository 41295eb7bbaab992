// SPDX-License-Identifier: MIT
import SegmentLog
import SimulatedMachine
import Testing

@testable import QueueState

/// What `meshctl log` relies on: a log is whole, or it is said where it is not; a copy is one; a
/// repair loses what it says, and keeps the bytes.
@Suite struct LogCheckTests {
    private static let geometry = EngineFixture.geometry
    private static let limits = EngineLimits(recentCountMax: 100, snapshotSegmentCount: 2)

    @Test func `a whole log is read to its end, snapshot and all, and not changed`() throws {
        let storage = try Self.makeLog()
        let before = try Self.bytes(of: storage)
        let report = try LogCheck.run(storage, geometry: Self.geometry)
        #expect(report.segmentCount > 2 && report.snapshots.count == 1 && report.cut == nil)
        #expect(report.queues.map(\.name.text) == ["orders", "next"])
        #expect(report.queues.map(\.publishedTotal) == [120, 0])
        #expect(report.queues.map(\.settledTotal) == [60, 0])
        #expect(try Self.bytes(of: storage) == before)
    }

    @Test func `a torn batch at the end is told of, and left`() throws {
        let storage = SimulatedStorage(seed: 1)
        let broker = try EngineFixture(storage)
        try broker.publish(1)
        try broker.commit()
        let (segment, end) = try Self.end(of: storage)
        storage.flipBit(0, ofByte: end - 512 + 50, in: segment.fileName)
        let before = try Self.bytes(of: storage)
        let report = try LogCheck.run(storage, geometry: Self.geometry)
        #expect(report.cut == LogPosition(segment: segment, offset: UInt32(end - 512)))
        #expect(try Self.bytes(of: storage) == before)
    }

    @Test(arguments: ["0000000001.segment", "snapshot"])
    func `damage anywhere is found, though a start does not read it`(file: String) throws {
        let storage = try Self.makeLog()
        let name = try Self.name(file, in: storage)
        storage.flipBit(0, ofByte: 700, in: name)
        let error = #expect(throws: LogError.self) {
            try LogCheck.run(storage, geometry: Self.geometry)
        }
        #expect(error?.code == .damaged && error?.file == name)
    }

    @Test func `a damaged snapshot is set aside, and no message is lost`() throws {
        let storage = try Self.makeLog()
        let whole = try LogCheck.run(storage, geometry: Self.geometry)
        let name = try Self.name("snapshot", in: storage)
        storage.flipBit(0, ofByte: 700, in: name)
        let bytes = storage.contents(of: name)
        let step = try #require(try Self.plan(storage))
        try step.apply(to: storage, geometry: Self.geometry)
        let report = try LogCheck.run(storage, geometry: Self.geometry)
        #expect(report.queues == whole.queues && report.snapshots.isEmpty)
        #expect(storage.contents(of: "removed-" + name) == bytes)
        _ = try EngineFixture(storage, limits: Self.limits)
    }

    @Test func `a log is cut at the damage when told, what is lost counted and kept`() throws {
        let storage = SimulatedStorage(seed: 1)
        let broker = try EngineFixture(storage)
        try broker.publish(1)
        try broker.commit()
        let (segment, offset) = try Self.end(of: storage)
        for id in UInt64(2)...4 {
            try broker.publish(id)
            try broker.commit()
        }
        _ = try EngineFixture(storage)
        storage.flipBit(0, ofByte: offset + 50, in: segment.fileName)
        let bytes = storage.contents(of: segment.fileName)[offset...]
        let step = try #require(try Self.plan(storage))
        guard case .cut(let position, let loss) = step else {
            return #expect(Bool(false), "\(step)")
        }
        #expect(position == LogPosition(segment: segment, offset: UInt32(offset)))
        // The two messages behind, and the segment's header and state of the later start.
        #expect(loss.batchCount == 3 && loss.recordCount == 4)
        #expect(loss.segments == [segment.next])
        try step.apply(to: storage, geometry: Self.geometry)
        let report = try LogCheck.run(storage, geometry: Self.geometry)
        #expect(report.queues.map(\.publishedTotal) == [1, 0])
        #expect(storage.contents(of: "removed-\(offset)-\(segment.fileName)") == Array(bytes))
        let names = try storage.fileNames()
        #expect(names.contains("removed-\(segment.next.fileName)"))
    }

    @Test func `damage before a snapshot is not mended by cutting off what it says`() throws {
        let storage = try Self.makeLog()
        storage.flipBit(0, ofByte: 700, in: "0000000001.segment")
        #expect(try Self.plan(storage) == nil)
    }

    @Test func `a copy of a log is a log`() throws {
        let storage = try Self.makeLog()
        let copy = SimulatedStorage(seed: 2)
        let byteCount = try LogBackup.run(from: storage, to: copy, geometry: Self.geometry)
        #expect(byteCount > 0)
        let report = try LogCheck.run(copy, geometry: Self.geometry)
        #expect(try report == LogCheck.run(storage, geometry: Self.geometry))
        let broker = try EngineFixture(copy, limits: Self.limits)
        let depth = broker.engine.depth(of: EngineFixture.queue)
        #expect(depth == 60)
    }

    @Test func `a segment that was written over while it was copied shows in the copy`() throws {
        let storage = try Self.makeLog()
        let copy = SimulatedStorage(seed: 2)
        _ = try LogBackup.run(from: storage, to: copy, geometry: Self.geometry)
        let newer = storage.contents(of: "0000000003.segment")
        try newer.withUnsafeBytes {
            try copy.openFile("0000000002.segment").write(.init(rebasing: $0[0..<4096]), at: 0)
        }
        #expect(throws: LogError.self) { try LogCheck.run(copy, geometry: Self.geometry) }
    }

    @Test func `every record of a log has a line`() throws {
        let storage = try Self.makeLog()
        var names: Set<String> = []
        func note(_ record: LogRecord) throws(LogError) {
            names.insert(try JournalLine(record, in: "file").name)
        }
        _ = try LogRecovery.run(storage, geometry: Self.geometry, isReadOnly: true, apply: note)
        _ = try LogRecovery.run(
            storage, geometry: Self.geometry, isReadOnly: true, restore: note, apply: note)
        #expect(
            names.isSuperset(of: [
                "state", "declare", "publish", "settle", "redrive", "snapshot state",
                "snapshot messages", "snapshot ids",
            ]))
        #expect(!names.contains("unknown"))
    }

    // MARK: - Logs

    /// 120 messages, half of them settled, one failed, one dead and redriven.
    private static func makeLog() throws -> SimulatedStorage {
        let storage = SimulatedStorage(seed: 1)
        let broker = try EngineFixture(storage, limits: limits)
        for id in UInt64(1)...120 {
            try broker.publish(id, body: String(repeating: "x", count: 900))
            try broker.commit()
            guard id % 2 == 0, let delivery = broker.deliver().first else { continue }
            broker.engine.addCredit(1, to: ConsumerID(1), on: EngineFixture.queue)
            if id == 10 {
                try broker.settle(delivery, .dead, reason: "broken")
                try broker.commit()
                _ = broker.redrive(RedriveRequest(limit: 1))
                try broker.commit()
                let again = try #require(broker.deliver().last)
                try broker.settle(again, .acknowledge)
            } else {
                try broker.settle(delivery, .acknowledge)
            }
            try broker.commit()
        }
        return storage
    }

    private static func plan(_ storage: SimulatedStorage) throws -> LogRepair? {
        do throws(LogError) {
            _ = try LogCheck.run(storage, geometry: geometry)
            return nil
        } catch {
            return try LogRepair.plan(against: error, in: storage, geometry: geometry)
        }
    }

    private static func name(_ file: String, in storage: SimulatedStorage) throws -> String {
        try #require(try storage.fileNames().first { $0.hasSuffix(file) })
    }

    private static func bytes(of storage: SimulatedStorage) throws -> [String: [UInt8]] {
        var bytes: [String: [UInt8]] = [:]
        for name in try storage.fileNames() { bytes[name] = storage.contents(of: name) }
        return bytes
    }

    /// The newest segment, and where in it the log ends.
    private static func end(
        of storage: SimulatedStorage
    ) throws -> (segment: SegmentNumber, offset: Int) {
        let segment = try #require(
            try storage.fileNames().compactMap { SegmentNumber(fileName: $0) }.max())
        let bytes = storage.contents(of: segment.fileName)
        let used = (bytes.lastIndex { $0 != 0 } ?? 0) + 1
        return (segment, geometry.padded(used))
    }
}
