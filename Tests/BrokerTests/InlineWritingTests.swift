// SPDX-License-Identifier: MIT
import Orders
import SegmentLog
import Testing

@testable import Broker

@Suite struct InlineWritingTests {
    /// A batch in the middle of a segment with a record of so many bytes.
    private func makeBatches(_ payloadByteCount: Int) -> [LogBatch] {
        var appender = LogAppender(after: .new(logID: 1), geometry: LogGeometry())
        appender.roll(spare: nil)
        _ = appender.takeBatches()
        _ = appender.append(RecordType(rawValue: 40), payloadByteCount: payloadByteCount)
        return appender.takeBatches()
    }

    @Test func `a small batch is waited for, a large one is not`() {
        let writing = InlineWriting(byteCountMax: 4096)
        #expect(writing.suits(makeBatches(1000), at: .epoch))
        #expect(!writing.suits(makeBatches(4096), at: .epoch))
        #expect(!InlineWriting(byteCountMax: 0).suits(makeBatches(1), at: .epoch))
    }

    @Test func `a batch that begins a segment is not waited for`() {
        var appender = LogAppender(after: .new(logID: 1), geometry: LogGeometry())
        appender.roll(spare: nil)
        let batches = appender.takeBatches()
        #expect(!InlineWriting(byteCountMax: 1 << 20).suits(batches, at: .epoch))
    }

    @Test func `two batches at once are not waited for`() {
        let batches = makeBatches(1) + makeBatches(1)
        #expect(!InlineWriting(byteCountMax: 1 << 20).suits(batches, at: .epoch))
    }

    @Test func `a disk that was slow is not waited for until the penalty is over`() {
        var writing = InlineWriting(byteCountMax: 4096)
        let end = MeshInstant.epoch + .seconds(1)
        writing.waited(from: end - InlineWriting.patience, to: end)
        #expect(writing.suits(makeBatches(1), at: end))
        writing.waited(from: end - InlineWriting.patience - .nanoseconds(1), to: end)
        let over = end + InlineWriting.penalty
        #expect(!writing.suits(makeBatches(1), at: over - .nanoseconds(1)))
        #expect(writing.suits(makeBatches(1), at: over))
    }
}
