// SPDX-License-Identifier: MIT
import SegmentLog
import SimulatedMachine
import Testing

/// Invariant 8 for snapshots: whole, or found damaged.
@Suite struct SnapshotTests {
    private static let segment = SegmentNumber(2)

    @Test func `recovery begins at the newest snapshot and reads no segment before it`() throws {
        let log = try Self.logWithSnapshot(["first", "second"])
        log.storage.flipBit(0, ofByte: 60, in: "0000000001.segment")
        let (restored, texts, outcome) = try Self.recover(log.storage)
        #expect(restored == ["first", "second"])
        #expect(texts == ["behind"])
        #expect(outcome.snapshot == Self.segment)
        #expect(outcome.segments == [SegmentNumber(1), Self.segment])
    }

    @Test func `a log is continued behind a snapshot by the batches that were chained to it`()
        throws
    {
        let log = try Self.logWithSnapshot(["all"])
        let other = try Self.logWithSnapshot(["all"], before: "something else")
        try Self.copy("0000000002.segment", from: other.storage, to: log.storage)
        let error = #expect(throws: LogError.self) { try Self.recover(log.storage) }
        #expect(error?.code == .damaged && error?.file == "0000000002.segment")
    }

    @Test func `every bit of a snapshot that is turned over is found, file and offset named`()
        throws
    {
        let log = try Self.logWithSnapshot([String(repeating: "x", count: 1000), "second"])
        let name = "0000000002.snapshot"
        let bytes = log.storage.contents(of: name)
        for byte in bytes.indices where bytes[byte] != 0 {
            log.storage.flipBit(byte, ofByte: byte, in: name)
            let error = #expect(throws: LogError.self) { try Self.recover(log.storage) }
            #expect(error?.code == .damaged && error?.file == name)
            log.storage.flipBit(byte, ofByte: byte, in: name)
        }
        #expect(try Self.recover(log.storage).restored.count == 2)
    }

    @Test(arguments: [-512, -1, 512])
    func `a snapshot that is too short or too long is damaged`(change: Int) throws {
        let log = try Self.logWithSnapshot(["first", String(repeating: "x", count: 3000)])
        let file = try log.storage.openFile("0000000002.snapshot")
        let byteCount = try file.byteCount
        if change < 0 {
            try file.truncate(to: byteCount + change)
        } else {
            let zeros = [UInt8](repeating: 0, count: change)
            try zeros.withUnsafeBytes { try file.write($0, at: byteCount) }
        }
        let error = #expect(throws: LogError.self) { try Self.recover(log.storage) }
        #expect(error?.code == .damaged && error?.file == "0000000002.snapshot")
    }

    @Test(arguments: 1..<12)
    func `a crash at any write leaves the old snapshot or the new one`(operation: Int) throws {
        let log = try Self.logWithSnapshot(["old"])
        log.appender.roll(spare: nil)
        log.append("later")
        let batch = log.appender.takeBatches()[0]
        try log.writer.write(batch)
        log.storage.crash(afterOperations: operation)
        let new = (0..<20).map { "new \($0) " + String(repeating: "y", count: 400) }
        try? Self.writeSnapshot(new, before: batch, in: log.storage)
        log.storage.restart()
        let (restored, texts, _) = try Self.recover(log.storage)
        #expect(
            (restored == ["old"] && texts == ["behind", "later"])
                || (restored == new && texts == ["later"]))
    }

    @Test func `a snapshot behind which the log is missing is an error`() throws {
        let log = try Self.logWithSnapshot(["first"])
        try log.storage.removeFile("0000000002.segment")
        let error = #expect(throws: LogError.self) { try Self.recover(log.storage) }
        #expect(error?.code == .missingSegment)
    }

    @Test func `the first batch behind a snapshot cannot have been torn`() throws {
        let log = try Self.logWithSnapshot(["first"])
        log.storage.flipBit(0, ofByte: 60, in: "0000000002.segment")
        let error = #expect(throws: LogError.self) { try Self.recover(log.storage) }
        #expect(error?.code == .damaged && error?.file == "0000000002.segment")
    }

    // MARK: - Fixture

    /// A log of two segments and a snapshot between them that holds `texts`.
    private static func logWithSnapshot(
        _ texts: [String], before text: String = "before"
    ) throws -> LogFixture {
        let log = try LogFixture()
        log.append(text)
        try log.write()
        log.appender.roll(spare: nil)
        log.append("behind")
        let batch = log.appender.takeBatches()[0]
        try log.writer.write(batch)
        try writeSnapshot(texts, before: batch, in: log.storage)
        return log
    }

    private static func writeSnapshot(
        _ texts: [String], before batch: LogBatch, in storage: SimulatedStorage
    ) throws {
        var writer = try SnapshotWriter(
            storage: storage, geometry: LogFixture.geometry, before: batch.segment,
            end: LogEnd(before: batch, logID: 42))
        for text in texts {
            try writer.append(LogFixture.type, payloadByteCount: text.utf8.count)
                .copyBytes(from: text.utf8)
        }
        _ = try writer.finish()
    }

    private static func recover(
        _ storage: SimulatedStorage
    ) throws(LogError) -> (restored: [String], texts: [String], outcome: LogRecovery.Outcome) {
        var restored: [String] = []
        var texts: [String] = []
        let outcome = try LogRecovery.run(
            storage, geometry: LogFixture.geometry,
            restore: { restored.append(String(decoding: $0.payload, as: UTF8.self)) },
            apply: { texts.append(String(decoding: $0.payload, as: UTF8.self)) })
        return (restored, texts, outcome)
    }

    private static func copy(
        _ name: String, from source: SimulatedStorage, to target: SimulatedStorage
    ) throws {
        let bytes = source.contents(of: name)
        try bytes.withUnsafeBytes { try target.openFile(name).write($0, at: 0) }
    }
}
