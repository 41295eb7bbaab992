// SPDX-License-Identifier: MIT
import Daemon
import Logging
import NIOCore
import QueueState
import SegmentLog

extension BrokerService {
    /// Writes a snapshot; what it makes superfluous is freed when it is durable.
    func write(_ snapshot: QueueSnapshot) {
        let service = NIOLoopBound(self, eventLoop: eventLoop)
        let segment = snapshot.segment
        disk.write(snapshot) { service.value.snapshotWritten(before: segment, $0) }
    }

    private func snapshotWritten(
        before segment: SegmentNumber, _ result: Result<QueueSnapshot.Report, StorageError>
    ) {
        switch result {
        case .success(let report):
            engine.snapshotWritten(before: segment, byteCount: report.byteCount)
            log.debug(
                "snapshot written",
                metadata: .keyed([
                    .path: "\(segment.snapshotFileName)", .count: "\(report.byteCount)",
                ]))
            rewrite(report.stragglers)
            keepSegments()
        case .failure(let error) where error.isOutOfSpace:
            // A start reads more of the log instead.
            log.warning("no room for a snapshot", metadata: .keyed([.error: "\(error)"]))
            removeUnfinishedSnapshot()
        case .failure(let error): fail(LogError(error))
        }
    }

    private func removeUnfinishedSnapshot() {
        let service = NIOLoopBound(self, eventLoop: eventLoop)
        disk.removeUnfinishedSnapshot { result in
            switch result {
            case .success:
                service.value.engine.snapshotFailed()
                service.value.keepSegments()
            case .failure(let error): service.value.fail(LogError(error))
            }
        }
    }

    /// Gives up the snapshot for the segments that can go without it.
    func removeSnapshots() {
        guard !isRemovingSnapshots else { return }
        isRemovingSnapshots = true
        let service = NIOLoopBound(self, eventLoop: eventLoop)
        disk.removeSnapshots { result in
            service.value.isRemovingSnapshots = false
            switch result {
            case .success:
                service.value.engine.snapshotsRemoved()
                service.value.keepSegments()
            case .failure(let error): service.value.fail(LogError(error))
            }
        }
    }
}
