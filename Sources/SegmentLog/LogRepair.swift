// SPDX-License-Identifier: MIT

/// What can be done about damage so that a broker starts again, and what is lost by it.
package enum LogRepair: Equatable, Sendable {
    /// The snapshot goes; the segments make up the queues without it.
    case dropSnapshot(SegmentNumber)
    /// The log ends before the damage; what is behind it goes, intact or not.
    case cut(LogPosition, lost: Loss)

    /// What stands behind a cut and still checks.
    package struct Loss: Equatable, Sendable {
        package var batchCount = 0
        package var recordCount = 0
        /// Segments behind the one that is cut.
        package var segments: [SegmentNumber] = []
    }

    /// Files that were removed keep their bytes under a name that begins with this.
    package static let removedNamePrefix = "removed-"

    /// What would help against `error`; nil when nothing here does.
    package static func plan(
        against error: LogError, in storage: any SegmentStorage, geometry: LogGeometry
    ) throws(LogError) -> LogRepair? {
        if let snapshot = SegmentNumber(snapshotFileName: error.file) {
            return .dropSnapshot(snapshot)
        }
        guard error.code == .damaged, let segment = SegmentNumber(fileName: error.file)
        else { return nil }
        do {
            let names = try storage.fileNames()
            // What a snapshot says of is not to be cut off before it.
            let snapshot = names.compactMap { SegmentNumber(snapshotFileName: $0) }.max()
            guard segment >= snapshot ?? segment else { return nil }
            let later = names.compactMap { SegmentNumber(fileName: $0) }.filter { $0 > segment }
            let position = LogPosition(segment: segment, offset: UInt32(error.offset))
            var loss = Loss()
            loss.segments = later.sorted()
            for segment in [segment] + loss.segments {
                let contents = try SegmentContents(storage.openFile(segment.fileName), geometry)
                let start = segment == position.segment ? error.offset : 0
                loss.count(contents.bytes, of: segment, from: start, geometry)
            }
            return .cut(position, lost: loss)
        } catch {
            throw LogError(error)
        }
    }

    /// Does it. The bytes that go are kept beside the log.
    package func apply(
        to storage: any SegmentStorage, geometry: LogGeometry
    ) throws(StorageError) {
        switch self {
        case .dropSnapshot(let segment):
            try Self.setAside(segment.snapshotFileName, in: storage)
        case .cut(let position, let loss):
            // From the end, so that what is there is a log at every moment.
            for segment in loss.segments.reversed() {
                try Self.setAside(segment.fileName, in: storage)
                try storage.synchronizeDirectory()
            }
            try Self.cut(position, in: storage, geometry)
        }
        try storage.synchronizeDirectory()
    }

    private static func setAside(
        _ name: String, in storage: any SegmentStorage
    ) throws(StorageError) {
        try storage.renameFile(name, to: removedNamePrefix + name)
    }

    private static func cut(
        _ position: LogPosition, in storage: any SegmentStorage, _ geometry: LogGeometry
    ) throws(StorageError) {
        let name = position.segment.fileName
        let file = try storage.openFile(name)
        let contents = try SegmentContents(file, geometry)
        let rest = UnsafeMutableRawBufferPointer.allocate(
            byteCount: geometry.padded(contents.bytes.count - Int(position.offset)),
            alignment: geometry.blockByteCount)
        defer { rest.deallocate() }
        rest.initializeMemory(as: UInt8.self, repeating: 0)
        rest.copyMemory(from: .init(rebasing: contents.bytes[Int(position.offset)...]))
        let copy = try storage.createFile(
            "\(removedNamePrefix)\(position.offset)-\(name)", byteCount: 0)
        try copy.write(.init(rest), at: 0)
        try copy.synchronize()
        try storage.synchronizeDirectory()
        try file.truncate(to: Int(position.offset))
        try file.synchronize()
    }
}

extension LogRepair.Loss {
    fileprivate mutating func count(
        _ bytes: UnsafeRawBufferPointer, of segment: SegmentNumber, from start: Int,
        _ geometry: LogGeometry
    ) {
        var offset = start
        while offset < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
            if let header = BatchHeader(rest), header.segment == segment, header.isIntact(in: rest)
            {
                batchCount += 1
                recordCount += Int(header.recordCount)
                offset += geometry.padded(BatchHeader.byteCount + Int(header.byteCount))
            } else {
                offset += geometry.blockByteCount
            }
        }
    }
}
