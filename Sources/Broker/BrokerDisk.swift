// SPDX-License-Identifier: MIT
import NIOCore
import QueueState
import SegmentLog

/// The threads on which the broker touches its disk: one writes the log, one makes segments and reads
/// messages back, and one writes what takes long and nobody waits for.
/// Answers come back on the owner's event loop.
final class BrokerDisk: Sendable {
    private let owner: any EventLoop
    private let writerLoop: any EventLoop
    private let helperLoop: any EventLoop
    private let archiveLoop: any EventLoop
    private let storage: any SegmentStorage
    private let geometry: LogGeometry
    private let keeper: SegmentKeeper
    private let writer: WriterBox
    /// The helper's first failure to take a segment back.
    private let recycleFailure: NIOLoopBoundBox<StorageError?>

    /// Gives the writer, which cannot be copied, a place to live.
    // SAFETY: one write is under way at a time, on the owner's thread or on the writer's, and is
    // handed from one to the other through the queue of an event loop.
    private final class WriterBox: @unchecked Sendable {
        var writer: SegmentWriter

        init(_ writer: consuming SegmentWriter) { self.writer = writer }
    }

    init(
        storage: any SegmentStorage, geometry: LogGeometry, after end: LogEnd,
        owner: any EventLoop, writerLoop: any EventLoop, helperLoop: any EventLoop,
        archiveLoop: any EventLoop
    ) {
        self.owner = owner
        self.writerLoop = writerLoop
        self.helperLoop = helperLoop
        self.archiveLoop = archiveLoop
        self.storage = storage
        self.geometry = geometry
        keeper = SegmentKeeper(storage: storage, geometry: geometry)
        writer = WriterBox(SegmentWriter(storage: storage, after: end, geometry: geometry))
        recycleFailure = .makeEmptyBox(eventLoop: helperLoop)
    }

    /// Makes `batches` durable, in order, on the writer's thread.
    ///
    /// - Precondition: no other write is under way.
    func write(
        _ batches: [LogBatch], done: @escaping @Sendable (Result<[LogBatch], LogError>) -> Void
    ) {
        writerLoop.execute { [self] in
            let result = writeHere(batches)
            owner.execute { done(result) }
        }
    }

    /// Makes `batches` durable, in order, while the caller waits.
    ///
    /// - Precondition: no other write is under way.
    func writeHere(_ batches: [LogBatch]) -> Result<[LogBatch], LogError> {
        do throws(LogError) {
            for batch in batches { try writer.writer.write(batch) }
            return .success(batches)
        } catch {
            return .failure(error)
        }
    }

    func makeSpare(
        _ index: UInt64, done: @escaping @Sendable (Result<String, StorageError>) -> Void
    ) {
        helperLoop.execute { [self] in
            let result = Result { () throws(StorageError) in try keeper.makeSpare(index) }
            owner.execute { done(result) }
        }
    }

    /// Takes back a segment; `index` is given when a spare is wanted. After a failure no other is
    /// taken back: a later one would leave a gap in the log.
    func recycle(
        _ segment: SegmentNumber, asSpare index: UInt64?,
        done: @escaping @Sendable (Result<String?, StorageError>) -> Void
    ) {
        helperLoop.execute { [self] in
            let result = Result { () throws(StorageError) in
                if let failure = recycleFailure.value { throw failure }
                return try keeper.recycle(segment, asSpare: index)
            }
            if case .failure(let error) = result { recycleFailure.value = error }
            owner.execute { done(result) }
        }
    }

    /// Makes a snapshot durable.
    func write(
        _ snapshot: QueueSnapshot,
        done: @escaping @Sendable (Result<QueueSnapshot.Report, StorageError>) -> Void
    ) {
        archiveLoop.execute { [self] in
            let result = Result { () throws(StorageError) in
                try snapshot.write(to: storage, geometry: geometry)
            }
            owner.execute { done(result) }
        }
    }

    /// Removes what a snapshot that failed has left.
    func removeUnfinishedSnapshot(
        done: @escaping @Sendable (Result<Void, StorageError>) -> Void
    ) {
        archiveLoop.execute { [self] in
            let result = Result { () throws(StorageError) in
                try SnapshotWriter.removeUnfinished(in: storage)
            }
            owner.execute { done(result) }
        }
    }

    func removeSnapshots(done: @escaping @Sendable (Result<Void, StorageError>) -> Void) {
        archiveLoop.execute { [self] in
            let result = Result { () throws(StorageError) in
                try SnapshotWriter.removeAll(in: storage)
            }
            owner.execute { done(result) }
        }
    }

    /// Reads records back, each with what follows it up to `byteCount`: those that lie there too are
    /// not read again.
    func read(
        _ positions: [LogPosition], byteCount: Int, limit: @escaping @Sendable (LogPosition) -> Int,
        done: @escaping @Sendable (Result<[LogExcerpt], LogError>) -> Void
    ) {
        helperLoop.execute { [self] in
            let result = Result { () throws(LogError) in
                var excerpts: [LogExcerpt] = []
                for position in positions where excerpts.last?.holds(position) != true {
                    excerpts.append(
                        try LogExcerpt(
                            from: storage, at: position, byteCount: byteCount,
                            limit: limit(position)))
                }
                return excerpts
            }
            owner.execute { done(result) }
        }
    }
}
