// SPDX-License-Identifier: MIT
import NIOCore
import NIOEmbedded
import SegmentLog
import SimulatedMachine
import Testing

@testable import Broker

@Suite struct BrokerDiskTests {
    /// Otherwise the log would have a gap, which recovery rightly takes for damage.
    @Test func `after a segment that could not be taken back, no later one is`() throws {
        let loop = EmbeddedEventLoop()
        let storage = SimulatedStorage(seed: 1)
        let geometry = LogGeometry(segmentByteCount: 8 << 10, blockByteCount: 512)
        for number in UInt32(1)...3 {
            _ = try storage.createFile(SegmentNumber(number).fileName, byteCount: 8 << 10)
        }
        let disk = BrokerDisk(
            storage: storage, geometry: geometry, after: .new(logID: 1), owner: loop,
            writerLoop: loop, helperLoop: loop, archiveLoop: loop)
        storage.fail(.remove, afterOperations: 1, number: 5)
        for number in UInt32(1)...2 {
            disk.recycle(SegmentNumber(number), asSpare: nil) { result in
                #expect(throws: StorageError.self) { try result.get() }
            }
        }
        loop.run()
        #expect(try storage.fileNames().count == 3)
        try loop.syncShutdownGracefully()
    }
}
