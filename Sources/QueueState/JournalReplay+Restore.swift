// SPDX-License-Identifier: MIT
import Orders
import SegmentLog

extension JournalReplay {
    /// Takes one record of a snapshot; all of them come before the first of the log.
    mutating func restore(_ record: LogRecord) throws(LogError) {
        let result = Result { () throws(Fault) in
            var reader = RecordReader(record.payload)
            do {
                try restore(record.type, &reader)
            } catch let fault as Fault {
                throw fault
            } catch {
                throw .truncated
            }
        }
        if case .failure(let fault) = result {
            throw LogError(
                .inconsistent, file: record.position.segment.snapshotFileName,
                offset: Int(record.position.offset), fault.message(record.type))
        }
    }

    private mutating func restore(_ type: RecordType, _ reader: inout RecordReader) throws {
        switch type {
        case Journal.snapshotState: try restoreState(&reader)
        case Journal.snapshotMessages: try restoreMessages(&reader)
        case Journal.snapshotDues: try restoreDues(&reader)
        case Journal.snapshotHistory: try restoreHistory(&reader)
        case Journal.snapshotIDs: try restoreIDs(&reader)
        default: throw Fault.impossible("record type \(type.rawValue) is not known")
        }
    }

    private mutating func restoreState(_ reader: inout RecordReader) throws {
        let oldest = SegmentNumber(try reader.read())
        oldestSegment = oldest
        usage.begin(oldest)
        let state = try JournalState(from: &reader)
        for queue in state.queues { add(queue, base: MessageSequence(1)) }
        (epoch, weights, audit) = (state.epoch, state.weights, state.audit)
        hasState = true
    }

    private mutating func restoreMessages(_ reader: inout RecordReader) throws {
        let (index, count) = try readHead(&reader)
        var message = StoredMessage.none
        for _ in 0..<count {
            message = try StoredMessage(snapshot: &reader, after: message)
            let sequence = MessageSequence(message.sequence)
            guard sequence < queues[index].nextSequence, sequence > lastRestored[index],
                let oldestSegment, message.position.segment >= oldestSegment
            else { throw Fault.impossible("message \(message.sequence) is out of order") }
            usage.begin(upTo: message.position.segment)
            restored[index].append(sequence, queues[index].restore(message))
            lastRestored[index] = sequence
            usage.retain(message)
        }
    }

    private mutating func restoreDues(_ reader: inout RecordReader) throws {
        let (index, count) = try readHead(&reader)
        for _ in 0..<count {
            let sequence = MessageSequence(try reader.read())
            dues[index][sequence] = MeshInstant(nanoseconds: try reader.read())
        }
    }

    private mutating func restoreHistory(_ reader: inout RecordReader) throws {
        let (index, _) = try readHead(&reader)
        let sequence = MessageSequence(try reader.read())
        guard let slot = slot(of: sequence, in: index) else {
            throw Fault.impossible("message \(sequence.rawValue) is not there")
        }
        queues[index].restore(try MessageHistory(from: &reader), of: sequence, in: slot)
    }

    private mutating func restoreIDs(_ reader: inout RecordReader) throws {
        for _ in 0..<(try reader.read(UInt32.self)) {
            let queue = QueueNumber(try reader.read())
            let id = MessageID(UniqueID(high: try reader.read(), low: try reader.read()))
            let sequence = MessageSequence(try reader.read())
            guard Int(queue.rawValue) < queues.count else {
                throw Fault.impossible("queue \(queue.rawValue) is not known")
            }
            let slot = slot(of: sequence, in: Int(queue.rawValue)) ?? SlotIndex(.max)
            recent.insert(.init(id: id, sequence: sequence, slot: slot, queue: queue))
        }
    }

    private func readHead(_ reader: inout RecordReader) throws -> (index: Int, count: UInt32) {
        let index = Int(try reader.read(UInt16.self))
        guard index < queues.count else { throw Fault.impossible("queue \(index) is not known") }
        return (index, try reader.read())
    }
}
