// SPDX-License-Identifier: MIT
import Orders
import SegmentLog

/// What begins each segment: u32 epoch · u16 queues · for each text name, policy, u64 next
/// sequence, u64 published, u64 settled.
struct JournalState: Equatable {
    struct Queue: Equatable {
        var name: QueueName
        var policy: QueuePolicy
        var nextSequence: MessageSequence
        var publishedTotal: UInt64
        var settledTotal: UInt64
    }

    /// How often the broker was started.
    var epoch: UInt32
    var queues: [Queue]

    var byteCount: Int {
        queues.reduce(6) {
            $0 + RecordWriter.byteCount(of: $1.name.text) + QueuePolicy.journalByteCount + 24
        }
    }

    func write(to writer: inout RecordWriter) {
        writer.write(epoch)
        writer.write(UInt16(queues.count))
        for queue in queues {
            writer.write(queue.name.text)
            queue.policy.write(to: &writer)
            writer.write(queue.nextSequence.rawValue)
            writer.write(queue.publishedTotal)
            writer.write(queue.settledTotal)
        }
    }

    init(epoch: UInt32, queues: [MessageQueue]) {
        self.epoch = epoch
        self.queues = queues.map {
            Queue(
                name: $0.name, policy: $0.policy, nextSequence: $0.nextSequence,
                publishedTotal: $0.publishedTotal, settledTotal: $0.settledTotal)
        }
    }

    init(from reader: inout RecordReader) throws(RecordReader.Truncated) {
        epoch = try reader.read()
        queues = []
        for _ in 0..<(try reader.read(UInt16.self)) {
            guard let name = QueueName(try reader.readText()) else {
                throw RecordReader.Truncated()
            }
            queues.append(
                Queue(
                    name: name, policy: try QueuePolicy(from: &reader),
                    nextSequence: MessageSequence(try reader.read()),
                    publishedTotal: try reader.read(), settledTotal: try reader.read()))
        }
    }
}
