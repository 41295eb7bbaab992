// SPDX-License-Identifier: MIT

/// Reads a log from its newest snapshot to its end, and cuts what a crash left unfinished there.
///
/// Only the last batch can be unfinished, since each is durable before the next is written. So
/// what does not check, and is followed by a batch that does, was damaged; that is an error, and
/// nothing is cut.
package struct LogRecovery {
    /// What recovery found.
    package struct Outcome {
        /// nil when there is no log yet.
        package var end: LogEnd?
        /// All segments, oldest first.
        package var segments: [SegmentNumber] = []
        /// The first segment that was read, because a snapshot tells what those before come to.
        package var snapshot: SegmentNumber?
        package var snapshotByteCount = 0
        /// Of the segments that were read.
        package var recordCount = 0
        /// Where a torn batch was cut off, if one was.
        package var cut: LogPosition?
        /// Where the last segment can be written on; nil when it is not of the size wanted now.
        package var tail: LogPosition?
        /// Spare segments that an earlier process made and did not use.
        package var spares: [String] = []
    }

    private let storage: any SegmentStorage
    private let geometry: LogGeometry
    private let isReadOnly: Bool
    private var outcome = Outcome()
    /// The newest segment read.
    private var last: SegmentScan?

    /// Reads the log in `storage`.
    ///
    /// - Parameters:
    ///   - isReadOnly: to tell what would be cut, and cut nothing.
    ///   - restore: called with each record of the newest snapshot, if there is one; nil to read
    ///     all segments and no snapshot.
    ///   - apply: called with each record behind that, in order; what either throws ends recovery.
    package static func run(
        _ storage: any SegmentStorage,
        geometry: LogGeometry,
        isReadOnly: Bool = false,
        restore: ((LogRecord) throws(LogError) -> Void)? = nil,
        apply: (LogRecord) throws(LogError) -> Void
    ) throws(LogError) -> Outcome {
        var recovery = LogRecovery(
            storage: storage, geometry: geometry, isReadOnly: isReadOnly)
        let (segments, snapshot) = try recovery.listFiles()
        recovery.outcome.spares.sort()
        if let snapshot, let restore {
            storage.willRead(snapshot.snapshotFileName)
            storage.willRead(snapshot.fileName)
            try recovery.restore(snapshot, among: segments, restore)
        }
        for segment in segments where segment >= recovery.outcome.snapshot ?? segment {
            if segment != segments.last { storage.willRead(segment.next.fileName) }
            try recovery.read(segment, isNewest: segment == segments.last, apply)
        }
        try recovery.cutTail()
        return recovery.outcome
    }

    private init(storage: any SegmentStorage, geometry: LogGeometry, isReadOnly: Bool) {
        self.storage = storage
        self.geometry = geometry
        self.isReadOnly = isReadOnly
    }

    /// The segments there are, without gaps, and the newest snapshot; spares of the size wanted now
    /// are kept, and what cannot be used is removed.
    private mutating func listFiles() throws(LogError) -> (
        [SegmentNumber], snapshot: SegmentNumber?
    ) {
        var segments: [SegmentNumber] = []
        var snapshot: SegmentNumber?
        do {
            for name in try storage.fileNames() {
                if let number = SegmentNumber(fileName: name) {
                    segments.append(number)
                } else if let number = SegmentNumber(snapshotFileName: name) {
                    snapshot = max(snapshot ?? number, number)
                } else if !isReadOnly, SegmentKeeper.index(ofSpare: name) != nil {
                    try keepSpare(name)
                } else if !isReadOnly, name == SnapshotWriter.temporaryName {
                    try storage.removeFile(name)
                }
            }
        } catch {
            throw LogError(error)
        }
        segments.sort()
        for (before, after) in zip(segments, segments.dropFirst()) where before.next != after {
            throw LogError(
                .missingSegment, file: before.next.fileName, offset: 0,
                "the segment is missing, though \(after.fileName) is there")
        }
        return (segments, snapshot)
    }

    /// More are of no use.
    private static let spareCountMax = 32

    /// What a spare holds need not be looked at: it was zeros, or is of the past.
    private mutating func keepSpare(_ name: String) throws(StorageError) {
        let isWanted = try storage.openFile(name).byteCount == geometry.segmentByteCount
        if isWanted, outcome.spares.count < Self.spareCountMax {
            outcome.spares.append(name)
        } else {
            try storage.removeFile(name)
        }
    }

    /// Takes what the segments before `snapshot` come to from it; they are not read.
    private mutating func restore(
        _ snapshot: SegmentNumber, among segments: [SegmentNumber],
        _ apply: (LogRecord) throws(LogError) -> Void
    ) throws(LogError) {
        (outcome.end, outcome.snapshotByteCount) = try SnapshotReader.run(
            storage, before: snapshot, geometry: geometry, apply: apply)
        outcome.snapshot = snapshot
        guard segments.contains(snapshot) else {
            throw LogError(
                .missingSegment, file: snapshot.fileName, offset: 0,
                "the segment is missing, though \(snapshot.snapshotFileName) is there")
        }
        outcome.segments = segments.filter { $0 < snapshot }
    }

    private mutating func read(
        _ segment: SegmentNumber, isNewest: Bool,
        _ apply: (LogRecord) throws(LogError) -> Void
    ) throws(LogError) {
        var scan = try open(segment)
        // A snapshot is made when the first batch behind it is durable.
        guard scan.isAtBatch || segment == outcome.snapshot else {
            return try dropUnbegun(scan, isNewest: isNewest)
        }
        // Its first batch tells whether the segment before lost its last ones.
        guard scan.isAtNextBatch else { throw (last ?? scan).damage }
        outcome.recordCount += try scan.run(apply)
        outcome.end = scan.end
        outcome.segments.append(segment)
        last = scan
    }

    private func open(_ segment: SegmentNumber) throws(LogError) -> SegmentScan {
        do {
            let contents = try SegmentContents(storage.openFile(segment.fileName), geometry)
            return SegmentScan(segment, contents, geometry, after: outcome.end)
        } catch {
            throw LogError(error)
        }
    }

    /// A segment without its first batch holds nothing, if it is the newest: the one before it was
    /// durable when this one was made, and so ends where it ends.
    private mutating func dropUnbegun(
        _ scan: SegmentScan, isNewest: Bool
    ) throws(LogError) {
        guard isNewest, !scan.hasLaterBatch else { throw scan.damage }
        outcome.cut = scan.position
        guard !isReadOnly else { return }
        do {
            try storage.removeFile(scan.segment.fileName)
            try storage.synchronizeDirectory()
        } catch {
            throw LogError(error)
        }
    }

    /// Cuts what is torn, and makes the newest batch durable once more, as it is.
    ///
    /// That it can be read proves nothing: a process that ended between a write and its
    /// synchronization, or after one that failed, leaves in the cache what never reached the disk,
    /// and the system may count it as clean. All that is older was durable before it was written.
    private mutating func cutTail() throws(LogError) {
        guard let last else { return }
        guard !last.hasLaterBatch else { throw last.damage }
        if !last.isAtCleanEnd { outcome.cut = last.position }
        if last.byteCount >= geometry.segmentByteCount { outcome.tail = last.position }
        guard !isReadOnly else { return }
        do {
            let file = try storage.openFile(last.segment.fileName)
            try file.write(last.lastBatch.bytes, at: last.lastBatch.offset)
            if outcome.cut == last.position { try erase(last.position, of: file, last.byteCount) }
            try file.synchronize()
        } catch {
            throw LogError(error)
        }
    }

    /// Writes zeros over the beginning of a torn batch: without its header it is none. The file keeps
    /// its size, and its room on the disk.
    private func erase(
        _ position: LogPosition, of file: any SegmentFile, _ byteCount: Int
    ) throws(StorageError) {
        guard Int(position.offset) + geometry.blockByteCount <= byteCount else {
            return try file.truncate(to: Int(position.offset))
        }
        let zeros = UnsafeMutableRawBufferPointer.allocate(
            byteCount: geometry.blockByteCount, alignment: geometry.blockByteCount)
        defer { zeros.deallocate() }
        zeros.initializeMemory(as: UInt8.self, repeating: 0)
        try file.write(.init(zeros), at: Int(position.offset))
    }
}
