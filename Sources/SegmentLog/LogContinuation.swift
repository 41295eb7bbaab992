// SPDX-License-Identifier: MIT

/// How a start goes on with a log: in a fresh segment, or, on a full disk, where the last one ends.
package struct LogContinuation: Equatable, Sendable {
    /// Spare segments at hand, the one for the fresh segment included.
    package var spares: [String] = []
    /// Where the log goes on in its last segment; nil when it begins a fresh one.
    package var tail: LogPosition?
    /// Whether no further segment could be made.
    package var isDiskFull = false

    /// One for the fresh segment, and one that stays for a disk that is full.
    private static let spareCountWanted = 2

    /// Finds room for a start behind what recovery found.
    ///
    /// - Parameter byteCount: what the start writes at once.
    /// - Throws: when the disk is full, no spare is left, and the last segment has no room either.
    package static func find(
        behind recovery: LogRecovery.Outcome, in storage: any SegmentStorage,
        geometry: LogGeometry, byteCount: Int
    ) throws(LogError) -> LogContinuation {
        var found = LogContinuation(spares: recovery.spares)
        let keeper = SegmentKeeper(storage: storage, geometry: geometry)
        do {
            while found.spares.count < spareCountWanted {
                let last = found.spares.compactMap(SegmentKeeper.index(ofSpare:)).max() ?? 0
                found.spares.append(try keeper.makeSpare(last + 1))
            }
        } catch let error where error.isOutOfSpace {
            found.isDiskFull = true
            let room = recovery.tail.map { geometry.segmentByteCount - Int($0.offset) } ?? 0
            // The last spare is kept for as long as there is much room without it.
            let isAmple = room >= max(geometry.segmentByteCount / 2, byteCount)
            if isAmple || (found.spares.isEmpty && room >= byteCount) {
                found.tail = recovery.tail
            } else if found.spares.isEmpty {
                throw LogError(
                    .storage(error), file: error.file, offset: 0,
                    "the disk is full, and neither a spare segment nor room in the last one is left"
                )
            }
        } catch {
            throw LogError(error)
        }
        return found
    }
}
