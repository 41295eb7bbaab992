// SPDX-License-Identifier: MIT
import SegmentLog
import SimulatedMachine
import Testing

@Suite struct LogAppenderTests {
    @Test func `a batch begins at a block of its own, so that no durable block is written again`()
        throws
    {
        let log = try LogFixture()
        var end = 0
        for size in [1, 400, 600, 1500] {
            log.append(String(repeating: "x", count: size))
            for batch in log.appender.takeBatches() {
                #expect(batch.start == end && batch.start % 512 == 0)
                #expect(batch.paddedByteCount % 512 == 0)
                end = batch.end
            }
        }
    }

    @Test(arguments: 0..<200)
    func `no record lies beyond the end of its segment`(seed: UInt64) throws {
        let log = try LogFixture()
        var random = SplitMix64(seed: seed)
        for _ in 0..<60 {
            log.append(String(repeating: "x", count: Int.random(in: 0..<3000, using: &random)))
            if random.once(in: 3) {
                for batch in log.appender.takeBatches() {
                    #expect(batch.end <= LogFixture.geometry.segmentByteCount)
                }
            }
        }
    }

    @Test func `recent batches are found by position until they are too many`() throws {
        let log = try LogFixture()
        var recent = RecentLog(byteCountMax: 3000)
        var positions: [LogPosition] = []
        for index in 0..<8 {
            positions.append(log.add("text \(index)"))
            for batch in log.appender.takeBatches() {
                try log.writer.write(batch)
                recent.append(batch) { log.appender.recycle($0) }
            }
        }
        #expect(recent.byteCount <= 3000)
        #expect(recent.batch(at: positions[0]) == nil)
        let last = recent.batch(at: positions[7]).flatMap {
            LogRecord(
                checking: $0.bytes(from: Int(positions[7].offset)), at: 0,
                position: positions[7])
        }
        #expect(last.map { String(decoding: $0.payload, as: UTF8.self) } == "text 7")
    }
}
