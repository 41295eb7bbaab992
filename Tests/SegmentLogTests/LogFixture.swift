// SPDX-License-Identifier: MIT
import SegmentLog
import SimulatedMachine

/// A log on a simulated disk whose records are texts.
final class LogFixture {
    static let geometry = LogGeometry(
        segmentByteCount: 8 << 10, blockByteCount: 512, batchByteCountMax: 2 << 10)
    static let type = RecordType(rawValue: 100)

    let storage: SimulatedStorage
    var appender: LogAppender
    var writer: SegmentWriter

    /// Continues what `storage` holds.
    init(_ storage: SimulatedStorage = SimulatedStorage(seed: 1)) throws {
        let outcome = try LogRecovery.run(storage, geometry: Self.geometry) { _ in }
        let end = outcome.end ?? .new(logID: 42)
        self.storage = storage
        appender = LogAppender(after: end, geometry: Self.geometry)
        writer = SegmentWriter(storage: storage, after: end, geometry: Self.geometry)
        appender.roll(spare: nil)
    }

    /// Adds records; durable only after `write`.
    func append(_ texts: String...) {
        for text in texts { _ = add(text) }
    }

    func add(_ text: String) -> LogPosition {
        let byteCount = text.utf8.count
        if !appender.hasRoom(for: byteCount) { appender.roll(spare: nil) }
        let (position, payload) = appender.append(Self.type, payloadByteCount: byteCount)
        payload.copyBytes(from: text.utf8)
        return position
    }

    /// Makes all of it durable, as one batch or more.
    func write() throws {
        for batch in appender.takeBatches() { try writer.write(batch) }
    }

    /// The texts that recovery finds.
    static func recover(
        _ storage: SimulatedStorage
    ) throws(LogError) -> (texts: [String], outcome: LogRecovery.Outcome) {
        var texts: [String] = []
        let outcome = try LogRecovery.run(storage, geometry: geometry) { record in
            texts.append(String(decoding: record.payload, as: UTF8.self))
        }
        return (texts, outcome)
    }
}
