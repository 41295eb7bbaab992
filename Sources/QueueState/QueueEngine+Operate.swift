// SPDX-License-Identifier: MIT
package import Orders
import SegmentLog

// What people do to queues. Each of these is one record, with who and why in it.
extension QueueEngine {
    /// Makes a queue, or gives it another policy.
    ///
    /// - Parameter requester: nil when it is nobody's act.
    package mutating func declare(
        _ name: QueueName, _ policy: QueuePolicy, by requester: Requester? = nil,
        now: MeshInstant = .epoch
    ) throws(QueueRefusal) -> QueueNumber {
        if let objection = policy.objection { throw .invalid(objection) }
        guard numbers[name] != nil || queues.count < QueueNumber.countMax else {
            throw .invalid("there are \(QueueNumber.countMax) queues already")
        }
        let number = numbers[name] ?? QueueNumber(UInt16(queues.count))
        if numbers[name] != nil, queues[Int(number.rawValue)].policy == policy { return number }
        var record = append(
            Journal.declare, by: requester ?? .nobody, at: now,
            byteCount: 2 + RecordWriter.byteCount(of: name.text) + QueuePolicy.journalByteCount)
        record.payload.write(number.rawValue)
        record.payload.write(name.text)
        policy.write(to: &record.payload)
        if numbers[name] == nil {
            queues.append(MessageQueue(number: number, name: name, policy: policy))
            numbers[name] = number
        } else {
            queues[Int(number.rawValue)].adopt(policy)
            news.insert(number)
        }
        note(.declare, number, requester ?? .nobody, now)
        return number
    }

    /// Stops or starts deliveries from a queue, across restarts; publishes and settlements go on.
    package mutating func pause(
        _ queue: QueueNumber, _ isPaused: Bool, by requester: Requester, now: MeshInstant
    ) {
        var record = append(Journal.pause, by: requester, at: now, byteCount: 2 + 1)
        record.payload.write(queue.rawValue)
        record.payload.write(UInt8(isPaused ? 1 : 0))
        queues[Int(queue.rawValue)].isPaused = isPaused
        note(isPaused ? .pause : .resume, queue, requester, now)
        news.insert(queue)
    }

    /// Prepares to throw away what is ready or delayed, or what is dead; what is on lease, or not
    /// durable yet, stays.
    ///
    /// - Returns: how many messages, and whether there are more than one record can name; none and
    ///   more when a full disk has no room for a record.
    package mutating func purge(
        _ queue: QueueNumber, dead: Bool, by requester: Requester, now: MeshInstant
    ) -> (count: Int, hasMore: Bool) {
        let index = Int(queue.rawValue)
        let overhead = 8 + 2 + 1 + 4 + requester.journalByteCount
        var countMax = moveCountMax(besides: overhead)
        // A full disk has room for a part of it, and that makes room for the rest.
        if isReserveSpent { countMax = min(countMax, (appender.remaining / 2 - overhead) / 8) }
        let found = dead ? queues[index].dead.count : queues[index].waitingCount
        let count = max(min(found, countMax), 0)
        guard count > 0 else { return (0, found > 0) }
        var record = append(
            Journal.purge, by: requester, at: now, byteCount: 2 + 1 + 4 + 8 * count)
        // After the append: a snapshot taken there still has them.
        let taken = dead ? queues[index].takeDead(count) : queues[index].takeWaiting(count)
        record.payload.write(queue.rawValue)
        record.payload.write(UInt8(dead ? 1 : 0))
        record.payload.write(UInt32(count))
        for slot in taken { record.payload.write(queues[index].table[slot].sequence) }
        prepare(.purge(queue, taken, dead: dead), in: record.batch)
        note(dead ? .purgeDead : .purgeWaiting, queue, requester, now, count: count)
        return (count, found > count)
    }

    /// Gives tenants their shares; those not named keep theirs.
    package mutating func setWeights(
        _ changes: [(tenant: String, weight: UInt32)], by requester: Requester, now: MeshInstant
    ) throws(QueueRefusal) {
        var changed = weights
        for (tenant, weight) in changes {
            guard !tenant.isEmpty, tenant.utf8.count <= TenantWeights.nameByteCountMax else {
                throw .invalid("a tenant has 1 to \(TenantWeights.nameByteCountMax) bytes")
            }
            guard (1...TenantWeights.weightMax).contains(weight) else {
                throw .invalid("a weight is from 1 to \(TenantWeights.weightMax)")
            }
            changed.set(weight, of: tenant)
        }
        guard changed.byName.count <= TenantWeights.countMax else {
            throw .invalid("at most \(TenantWeights.countMax) tenants have weights of their own")
        }
        let byteCount = changes.reduce(2) { $0 + RecordWriter.byteCount(of: $1.tenant) + 4 }
        try checkRoom(for: 8 + byteCount + requester.journalByteCount)
        var record = append(Journal.weights, by: requester, at: now, byteCount: byteCount)
        record.payload.write(UInt16(changes.count))
        for (tenant, weight) in changes {
            record.payload.write(tenant)
            record.payload.write(weight)
        }
        weights = changed
        note(.setWeights, nil, requester, now, count: changes.count)
    }

    // MARK: - Pieces

    /// Begins the record of an act: when, who, why; the caller writes `byteCount` bytes behind.
    mutating func append(
        _ type: RecordType, by requester: Requester, at now: MeshInstant, byteCount: Int
    ) -> (position: LogPosition, payload: RecordWriter, batch: UInt64) {
        var record = append(
            type, payloadByteCount: 8 + requester.journalByteCount + byteCount)
        record.payload.write(now.nanoseconds)
        requester.write(to: &record.payload)
        return record
    }

    /// To be called after `append`: rolling into a new segment writes the acts before this one.
    mutating func note(
        _ verb: OperatorAct.Verb, _ queue: QueueNumber?, _ requester: Requester,
        _ now: MeshInstant, count: Int = 0, request: UniqueID = .zero
    ) {
        audit.note(
            OperatorAct(
                at: now, verb: verb, queue: queue, count: UInt64(count), request: request,
                requester: requester))
    }

    /// How many sequences fit into one record beside `byteCount` bytes.
    func moveCountMax(besides byteCount: Int) -> Int {
        min(Self.moveCountMax, (appender.geometry.payloadByteCountMax - byteCount) / 8)
    }

    /// More would hold up everybody else while they are moved.
    package static let moveCountMax = 1 << 16
}
