// SPDX-License-Identifier: MIT

/// Reads a log from its beginning to its end, and cuts what a crash left unfinished there.
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
        package var recordCount = 0
        /// Where a torn batch was cut off, if one was.
        package var cut: LogPosition?
    }

    private let storage: any SegmentStorage
    private let geometry: LogGeometry
    private var outcome = Outcome()
    /// The newest segment read.
    private var last: SegmentScan?

    /// Reads the log in `storage`.
    ///
    /// - Parameter apply: called with each record, in order; what it throws ends recovery.
    package static func run(
        _ storage: any SegmentStorage,
        geometry: LogGeometry,
        apply: (LogRecord) throws(LogError) -> Void
    ) throws(LogError) -> Outcome {
        var recovery = LogRecovery(storage: storage, geometry: geometry)
        let segments = try recovery.listSegments()
        for segment in segments {
            try recovery.read(segment, isNewest: segment == segments.last, apply)
        }
        try recovery.cutTail()
        return recovery.outcome
    }

    private init(storage: any SegmentStorage, geometry: LogGeometry) {
        self.storage = storage
        self.geometry = geometry
    }

    /// The segments there are, without gaps; left-over spares are removed.
    private func listSegments() throws(LogError) -> [SegmentNumber] {
        var segments: [SegmentNumber] = []
        do {
            for name in try storage.fileNames() {
                if let number = SegmentNumber(fileName: name) {
                    segments.append(number)
                } else if name.hasPrefix(SegmentKeeper.spareNamePrefix) {
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
        return segments
    }

    private mutating func read(
        _ segment: SegmentNumber, isNewest: Bool,
        _ apply: (LogRecord) throws(LogError) -> Void
    ) throws(LogError) {
        var scan = try open(segment)
        guard scan.isAtBatch else {
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
        do {
            try storage.removeFile(scan.segment.fileName)
            try storage.synchronizeDirectory()
        } catch {
            throw LogError(error)
        }
    }

    private mutating func cutTail() throws(LogError) {
        guard let last else { return }
        guard !last.hasLaterBatch else { throw last.damage }
        guard !last.isAtCleanEnd else { return }
        outcome.cut = last.position
        do {
            let file = try storage.openFile(last.segment.fileName)
            try file.truncate(to: Int(last.position.offset))
            try file.synchronize()
        } catch {
            throw LogError(error)
        }
    }
}
