// SPDX-License-Identifier: MIT
import DequeModule
import Orders
package import SegmentLog

/// What all records before a segment come to: a copy that shares its memory with the queues until
/// they change, to be written by another thread.
package struct QueueSnapshot: Sendable {
    /// The segment that goes on behind it.
    package let segment: SegmentNumber
    /// Where the log stood; known once the first batch of `segment` is durable.
    package var end: LogEnd?
    let epoch: UInt32
    /// The oldest segment that messages may be in.
    let oldestSegment: SegmentNumber
    private let queues: [MessageQueue]
    private let weights: TenantWeights
    private let audit: AuditTrail
    /// Of records before `segment` that were not durable when the copy was taken.
    private let effects: Deque<QueueEngine.PendingEffect>
    private let recent: RecentEntries
    private let stragglersBefore: SegmentNumber?

    /// What was written.
    package struct Report: Sendable {
        package let byteCount: Int
        /// Messages in the oldest segments, if those are to be rewritten; in the order of the log.
        package let stragglers: [Straggler]
    }

    init(
        before segment: SegmentNumber, epoch: UInt32, oldestSegment: SegmentNumber,
        queues: [MessageQueue], weights: TenantWeights, audit: AuditTrail,
        effects: Deque<QueueEngine.PendingEffect>, recent: RecentEntries,
        stragglersBefore: SegmentNumber?
    ) {
        self.segment = segment
        self.epoch = epoch
        self.oldestSegment = oldestSegment
        self.queues = queues.map { $0.withoutLines() }
        self.weights = weights
        self.audit = audit
        self.effects = effects
        self.recent = recent
        self.stragglersBefore = stragglersBefore
    }

    /// Writes it, makes it durable, and removes those before it. Blocks.
    package func write(
        to storage: any SegmentStorage, geometry: LogGeometry
    ) throws(StorageError) -> Report {
        guard let end else { preconditionFailure("the log before the snapshot is not durable") }
        var writer = try SnapshotWriter(
            storage: storage, geometry: geometry, before: segment, end: end)
        // The counters stand as the records before `segment` leave them, durable or not.
        let state = JournalState(
            epoch: epoch, queues: queues, weights: weights, audit: audit)
        try writer.write(state, oldestSegment: oldestSegment)
        let (settled, dues) = settled()
        for (queue, dues) in zip(settled, dues) { try writer.write(queue, dues: dues) }
        try writer.write(recent)
        let stragglers = zip(settled, dues).flatMap { self.stragglers(of: $0, dues: $1) }
        return Report(
            byteCount: try writer.finish(),
            stragglers: stragglers.sorted { $0.envelope.position < $1.envelope.position })
    }

    private func stragglers(
        of queue: MessageQueue, dues: SequenceTable<MeshInstant>
    ) -> [Straggler] {
        guard let stragglersBefore else { return [] }
        var stragglers: [Straggler] = []
        queue.table.forEach { slot, message in
            guard message.position.segment < stragglersBefore,
                stragglers.count < Straggler.countMax
            else { return }
            let sequence = MessageSequence(message.sequence)
            stragglers.append(
                Straggler(
                    envelope: message.place, queue: queue.number, slot: slot, sequence: sequence,
                    attempts: message.attempts, due: dues[sequence] ?? .epoch))
        }
        return stragglers
    }

    /// The queues with all effects applied, and when what is delayed is due.
    private func settled() -> ([MessageQueue], dues: [SequenceTable<MeshInstant>]) {
        var queues = queues
        var dues = queues.map(\.dues)
        for pending in effects {
            switch pending.effect {
            case .arrive(let queue, let slot, let notBefore):
                let index = Int(queue.rawValue)
                let message = queues[index].table[slot]
                if notBefore.milliseconds > message.publishedMilliseconds {
                    dues[index][MessageSequence(message.sequence)] = notBefore
                }
            case .acknowledge(let queue, let sequence, let slot):
                _ = queues[Int(queue.rawValue)].replay(
                    sequence, in: slot, .acknowledged, at: .epoch)
            case .move(let queue, let sequence, let slot, let place):
                let index = Int(queue.rawValue)
                if queues[index].table.holds(sequence, in: slot) {
                    queues[index].table[slot].place = place
                }
            case .fail(let queue, let sequence, let slot, let outcome):
                let index = Int(queue.rawValue)
                _ = queues[index].replay(sequence, in: slot, outcome, at: .epoch)
                if case .retried(let due, _) = outcome { dues[index][sequence] = due }
            case .purge(let queue, let slots, let dead):
                for slot in slots { _ = queues[Int(queue.rawValue)].remove(slot, wasDead: dead) }
            }
        }
        return (queues, dues)
    }
}
