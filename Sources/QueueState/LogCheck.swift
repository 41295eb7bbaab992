// SPDX-License-Identifier: MIT
package import SegmentLog

/// Reads a log from its first byte to its last, snapshots too, and changes nothing.
package struct LogCheck {
    /// What was found, all of it in order.
    package struct Report: Equatable, Sendable {
        package var segmentCount = 0
        package var snapshots: [SegmentNumber] = []
        /// Of the segments.
        package var recordCount = 0
        package var queues: [Queue] = []
        /// Where a start would cut a torn batch off.
        package var cut: LogPosition?
    }

    /// What a queue comes to.
    package struct Queue: Equatable, Sendable {
        package let name: QueueName
        /// Messages that are not dead.
        package let depth: UInt64
        package let deadCount: Int
        package let publishedTotal: UInt64
        package let settledTotal: UInt64
        let nextSequence: MessageSequence
        let byteDepth: UInt64
    }

    /// - Throws: the first thing that is wrong.
    package static func run(
        _ storage: any SegmentStorage, geometry: LogGeometry
    ) throws(LogError) -> Report {
        var report = Report()
        var replay = JournalReplay(recentCountMax: EngineLimits().recentCountMax)
        let outcome = try LogRecovery.run(storage, geometry: geometry, isReadOnly: true) {
            record throws(LogError) in try replay.apply(record)
        }
        report.segmentCount = outcome.segments.count
        report.recordCount = outcome.recordCount
        report.cut = outcome.cut
        report.queues = replay.queues.map(Queue.init)
        do {
            report.snapshots = try storage.fileNames()
                .compactMap { SegmentNumber(snapshotFileName: $0) }.sorted()
        } catch {
            throw LogError(error)
        }
        for snapshot in report.snapshots.dropLast() {
            _ = try SnapshotReader.run(storage, before: snapshot, geometry: geometry) { _ in }
        }
        if let newest = report.snapshots.last {
            try check(newest, against: report, storage, geometry)
        }
        return report
    }

    /// A start from the snapshot must come to the same as one without.
    private static func check(
        _ snapshot: SegmentNumber, against report: Report, _ storage: any SegmentStorage,
        _ geometry: LogGeometry
    ) throws(LogError) {
        var replay = JournalReplay(recentCountMax: EngineLimits().recentCountMax)
        let outcome = try LogRecovery.run(
            storage, geometry: geometry, isReadOnly: true,
            restore: { record throws(LogError) in try replay.restore(record) },
            apply: { record throws(LogError) in try replay.apply(record) })
        try replay.discardSegments(before: outcome.segments.first)
        guard replay.queues.map(Queue.init) == report.queues else {
            throw LogError(
                .inconsistent, file: snapshot.snapshotFileName, offset: 0,
                "the snapshot comes to other queues than the segments")
        }
    }
}

extension LogCheck.Queue {
    init(_ queue: MessageQueue) {
        self.init(
            name: queue.name, depth: queue.depth, deadCount: queue.dead.count,
            publishedTotal: queue.publishedTotal, settledTotal: queue.settledTotal,
            nextSequence: queue.nextSequence, byteDepth: queue.byteDepth)
    }
}
