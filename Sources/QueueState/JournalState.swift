// SPDX-License-Identifier: MIT
import DequeModule
import Orders
import SegmentLog

/// What begins each segment: u32 epoch · u16 queues · for each text name, policy, u8 paused, u64
/// next sequence, u64 published, u64 settled · u16 weights · for each text tenant, u32 weight ·
/// u64 acts so far · u16 acts kept · the acts.
struct JournalState: Equatable {
    struct Queue: Equatable {
        var name: QueueName
        var policy: QueuePolicy
        var isPaused: Bool
        var nextSequence: MessageSequence
        var publishedTotal: UInt64
        var settledTotal: UInt64
    }

    /// How often the broker was started.
    var epoch: UInt32
    var queues: [Queue]
    var weights: TenantWeights
    var audit: AuditTrail

    var byteCount: Int {
        let queueByteCount = queues.reduce(4 + 2) {
            $0 + RecordWriter.byteCount(of: $1.name.text) + QueuePolicy.journalByteCount + 25
        }
        let weightByteCount = weights.byName.keys.reduce(2) {
            $0 + RecordWriter.byteCount(of: $1) + 4
        }
        return queueByteCount + weightByteCount
            + audit.acts.reduce(8 + 2) { $0 + $1.journalByteCount }
    }

    func write(to writer: inout RecordWriter) {
        writer.write(epoch)
        writer.write(UInt16(queues.count))
        for queue in queues { queue.write(to: &writer) }
        writer.write(UInt16(weights.byName.count))
        for (tenant, weight) in weights.byName.sorted(by: { $0.key < $1.key }) {
            writer.write(tenant)
            writer.write(weight)
        }
        writer.write(audit.total)
        writer.write(UInt16(audit.acts.count))
        for act in audit.acts { act.write(to: &writer) }
    }

    init(epoch: UInt32, queues: [MessageQueue], weights: TenantWeights, audit: AuditTrail) {
        self.epoch = epoch
        self.weights = weights
        self.audit = audit
        self.queues = queues.map {
            Queue(
                name: $0.name, policy: $0.policy, isPaused: $0.isPaused,
                nextSequence: $0.nextSequence, publishedTotal: $0.publishedTotal,
                settledTotal: $0.settledTotal)
        }
    }

    init(from reader: inout RecordReader) throws(RecordReader.Truncated) {
        epoch = try reader.read()
        queues = []
        for _ in 0..<(try reader.read(UInt16.self)) { queues.append(try Queue(from: &reader)) }
        weights = TenantWeights()
        for _ in 0..<(try reader.read(UInt16.self)) {
            let tenant = try reader.readText()
            weights.set(try reader.read(), of: tenant)
        }
        let total: UInt64 = try reader.read()
        var acts: [OperatorAct] = []
        for _ in 0..<(try reader.read(UInt16.self)) {
            acts.append(try OperatorAct(from: &reader))
        }
        audit = AuditTrail(acts, total: total)
    }
}

extension JournalState.Queue {
    fileprivate func write(to writer: inout RecordWriter) {
        writer.write(name.text)
        policy.write(to: &writer)
        writer.write(UInt8(isPaused ? 1 : 0))
        writer.write(nextSequence.rawValue)
        writer.write(publishedTotal)
        writer.write(settledTotal)
    }

    fileprivate init(from reader: inout RecordReader) throws(RecordReader.Truncated) {
        guard let name = QueueName(try reader.readText()) else { throw RecordReader.Truncated() }
        self.init(
            name: name, policy: try QueuePolicy(from: &reader),
            isPaused: try reader.read(UInt8.self) != 0,
            nextSequence: MessageSequence(try reader.read()),
            publishedTotal: try reader.read(), settledTotal: try reader.read())
    }
}
