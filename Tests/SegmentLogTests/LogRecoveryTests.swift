// SPDX-License-Identifier: MIT
import SegmentLog
import SimulatedMachine
import Testing

/// Invariant 8, and the log's part of invariant 1.
@Suite struct LogRecoveryTests {
    @Test func `what was written is read back in order, across segments and restarts`() throws {
        let storage = SimulatedStorage(seed: 1)
        var expected: [String] = []
        for life in 0..<3 {
            let log = try LogFixture(storage)
            for index in 0..<40 {
                let text = "\(life)-\(index)-" + String(repeating: "x", count: index * 20)
                log.append(text)
                if index % 3 == 0 { try log.write() }
                expected.append(text)
            }
            try log.write()
        }
        let (texts, outcome) = try LogFixture.recover(storage)
        #expect(texts == expected)
        #expect(outcome.segments.count > 3)
        #expect(outcome.cut == nil)
    }

    @Test func `a batch that was cut off by a crash is cut, and all of it`() throws {
        let log = try LogFixture()
        log.append("one", "two")
        try log.write()
        log.append("three", String(repeating: "4", count: 1500))
        log.storage.crash(afterOperations: 1)
        #expect(throws: LogError.self) { try log.write() }
        log.storage.restart()
        let (texts, _) = try LogFixture.recover(log.storage)
        #expect(texts == ["one", "two"] || texts.count == 4)
    }

    @Test func `a torn last batch is cut, named, and never seen again`() throws {
        let log = try LogFixture()
        log.append("one")
        try log.write()
        log.append("two")
        try log.write()
        log.storage.flipBit(3, ofByte: 512 + 50, in: "0000000001.segment")
        let (texts, outcome) = try LogFixture.recover(log.storage)
        #expect(texts == ["one"])
        #expect(outcome.cut == LogPosition(segment: SegmentNumber(1), offset: 512))
        let next = try LogFixture(log.storage)
        next.append("three")
        try next.write()
        #expect(try LogFixture.recover(log.storage).texts == ["one", "three"])
    }

    @Test
    func `every bit that is turned over before the last batch is found, file and offset named`()
        throws
    {
        let log = try LogFixture()
        var ends: [Int] = []
        for text in ["one", "two", "three"] {
            log.append(text)
            for batch in log.appender.takeBatches() {
                try log.writer.write(batch)
                ends.append(batch.start + batch.byteCount)
            }
        }
        let name = "0000000001.segment"
        for (start, end) in zip([0, 512], ends) {
            for byte in start..<end {
                log.storage.flipBit(byte, ofByte: byte, in: name)
                do {
                    let texts = try LogFixture.recover(log.storage).texts
                    Issue.record("byte \(byte): recovered \(texts)")
                } catch {
                    #expect(error.code == .damaged && error.file == name && error.offset == start)
                }
                log.storage.flipBit(byte, ofByte: byte, in: name)
            }
        }
        #expect(try LogFixture.recover(log.storage).texts == ["one", "two", "three"])
    }

    @Test func `the last batch of a segment is missed when the next segment goes on`() throws {
        let log = try LogFixture()
        log.append("one")
        try log.write()
        log.append("two")
        try log.write()
        let next = try LogFixture(log.storage)
        next.append("three")
        try next.write()
        log.storage.flipBit(0, ofByte: 512, in: "0000000001.segment")
        let error = #expect(throws: LogError.self) { try LogFixture.recover(next.storage) }
        #expect(error?.file == "0000000001.segment" && error?.offset == 512)
    }

    @Test func `a segment that is missing between two others is an error`() throws {
        let storage = SimulatedStorage(seed: 1)
        for _ in 0..<3 {
            let log = try LogFixture(storage)
            log.append("text")
            try log.write()
        }
        try storage.removeFile("0000000002.segment")
        let error = #expect(throws: LogError.self) { try LogFixture.recover(storage) }
        #expect(error?.code == .missingSegment)
    }

    @Test func `a segment made of a used one shows nothing of its earlier life`() throws {
        let storage = SimulatedStorage(seed: 1)
        let log = try LogFixture(storage)
        while log.appender.segment == SegmentNumber(1) {
            log.append(String(repeating: "a", count: 300))
            try log.write()
        }
        let keeper = SegmentKeeper(storage: storage, geometry: LogFixture.geometry)
        let spare = try keeper.recycle(SegmentNumber(1), asSpare: 1)
        log.appender.roll(spare: spare)
        log.append("fresh")
        try log.write()
        let texts = try LogFixture.recover(storage).texts
        #expect(texts.last == "fresh")
        #expect(texts.count == 2)
    }

    /// The process ends between the write and its synchronization, or that fails; the machine
    /// runs on, and what is read comes from its cache.
    @Test(arguments: [StorageError.Operation.write, .synchronize])
    func `what recovery has read is durable from then on`(last: StorageError.Operation) throws {
        let log = try LogFixture()
        log.append("kept")
        try log.write()
        log.append("in the cache alone")
        switch last {
        case .write: log.storage.crash(afterOperations: 1)
        default: log.storage.fail(.synchronize, afterOperations: 1, number: 5)
        }
        #expect(throws: LogError.self) { try log.write() }
        log.storage.restartProcess()
        #expect(try LogFixture.recover(log.storage).texts == ["kept", "in the cache alone"])
        log.storage.restart()
        #expect(try LogFixture.recover(log.storage).texts == ["kept", "in the cache alone"])
    }

    @Test func `a record read back from disk is checked`() throws {
        let log = try LogFixture()
        let position = log.add("a message")
        try log.write()
        let excerpt = try LogExcerpt(
            from: log.storage, at: position, byteCount: 100, limit: 8 << 10)
        let text = excerpt.withBytes(at: position) {
            LogRecord(checking: $0, at: 0, position: position).map {
                String(decoding: $0.payload, as: UTF8.self)
            }
        }
        #expect(text == "a message")
        log.storage.flipBit(0, ofByte: Int(position.offset) + 10, in: "0000000001.segment")
        let error = #expect(throws: LogError.self) {
            try LogExcerpt(from: log.storage, at: position, byteCount: 100, limit: 8 << 10)
        }
        #expect(error?.code == .damaged && error?.offset == Int(position.offset))
    }
}
