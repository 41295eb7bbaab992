// SPDX-License-Identifier: MIT
import Orders
import SegmentLog

// What people did to queues: the records that `QueueEngine+Operate` writes.
extension JournalReplay {
    mutating func applyDeclare(_ reader: inout RecordReader) throws {
        let (at, requester) = try readAct(&reader)
        let number: UInt16 = try reader.read()
        guard let name = QueueName(try reader.readText()) else {
            throw Fault.impossible("a queue's name breaks the rules")
        }
        let policy = try QueuePolicy(from: &reader)
        guard Int(number) <= queues.count else {
            throw Fault.impossible("queue \(number) comes out of order")
        }
        if Int(number) == queues.count {
            add(
                .init(
                    name: name, policy: policy, isPaused: false,
                    nextSequence: MessageSequence(1), publishedTotal: 0, settledTotal: 0),
                base: MessageSequence(1))
        } else {
            queues[Int(number)].adopt(policy)
        }
        note(.declare, QueueNumber(number), requester, at)
    }

    mutating func applyPause(_ reader: inout RecordReader) throws {
        let (at, requester) = try readAct(&reader)
        let index = try readQueue(&reader)
        let isPaused = try reader.read(UInt8.self) != 0
        queues[index].isPaused = isPaused
        note(isPaused ? .pause : .resume, queues[index].number, requester, at)
    }

    mutating func applyWeights(_ reader: inout RecordReader) throws {
        let (at, requester) = try readAct(&reader)
        let count = try reader.read(UInt16.self)
        for _ in 0..<count {
            let tenant = try reader.readText()
            weights.set(try reader.read(), of: tenant)
        }
        note(.setWeights, nil, requester, at, count: UInt64(count))
    }

    mutating func applyPurge(_ reader: inout RecordReader) throws {
        let (at, requester) = try readAct(&reader)
        let index = try readQueue(&reader)
        let dead = try reader.read(UInt8.self) != 0
        let count = try reader.read(UInt32.self)
        for _ in 0..<count {
            let sequence = MessageSequence(try reader.read())
            guard let slot = slot(of: sequence, in: index) else {
                guard sequence < bases[index] else {
                    throw Fault.impossible("\(sequence.rawValue) is purged, but is not there")
                }
                continue
            }
            guard let gone = queues[index].replayPurge(slot, wasDead: dead) else {
                throw Fault.impossible(
                    "\(sequence.rawValue) is purged, but is \(dead ? "not " : "")dead")
            }
            slots[index][sequence] = nil
            dues[index][sequence] = nil
            usage.release(gone)
        }
        note(
            dead ? .purgeDead : .purgeWaiting, queues[index].number, requester, at,
            count: UInt64(count))
    }

    mutating func applyRedrive(_ reader: inout RecordReader) throws {
        let (at, requester) = try readAct(&reader)
        let index = try readQueue(&reader)
        let id = UniqueID(high: try reader.read(), low: try reader.read())
        let schedule = try RedriveSchedule(from: &reader)
        let count = try reader.read(UInt32.self)
        for place in 0..<Int(count) {
            let sequence = MessageSequence(try reader.read())
            guard queues[index].revive(sequence) != nil || sequence < bases[index] else {
                throw Fault.impossible("message \(sequence.rawValue) is redriven, but is not dead")
            }
            let due = schedule.due(place)
            dues[index][sequence] = due > at ? due : nil
        }
        note(.redrive, queues[index].number, requester, at, count: UInt64(count), request: id)
    }

    // MARK: - Pieces

    private func readAct(_ reader: inout RecordReader) throws -> (MeshInstant, Requester) {
        (MeshInstant(nanoseconds: try reader.read()), try Requester(from: &reader))
    }

    private func readQueue(_ reader: inout RecordReader) throws -> Int {
        let index = Int(try reader.read(UInt16.self))
        guard index < queues.count else { throw Fault.impossible("queue \(index) is not known") }
        return index
    }

    private mutating func note(
        _ verb: OperatorAct.Verb, _ queue: QueueNumber?, _ requester: Requester,
        _ at: MeshInstant, count: UInt64 = 0, request: UniqueID = .zero
    ) {
        audit.note(
            OperatorAct(
                at: at, verb: verb, queue: queue, count: count, request: request,
                requester: requester))
    }
}
