// SPDX-License-Identifier: MIT
package import Orders
import SegmentLog

extension QueueEngine {
    /// Prepares to put dead messages back in line, as far as there is room for them.
    ///
    /// At a rate, they come back one after the other, each not before its time: that is on disk with
    /// them, so that a restart keeps the rate, and needs nobody to go on with it.
    package mutating func redrive(
        _ request: RedriveRequest, on queue: QueueNumber, by requester: Requester,
        now: MeshInstant
    ) -> RedriveAnswer {
        let index = Int(queue.rawValue)
        if request.id != .zero, let first = audit.redrive(request.id), first.queue == queue {
            return repeated(first, request, index, now)
        }
        if request.isDryRun {
            let (chosen, hasMore) = select(request, index, countMax: request.limit)
            return RedriveAnswer(
                count: chosen.count, hasMore: hasMore, resumeAfter: .zero, isRepeated: false)
        }
        // What waits for a dead letter must not keep it from coming back.
        let isHeldUp = queues[index].isHeldUp()
        let countMax = redriveCountMax(request, index, requester, isHeldUp: isHeldUp)
        let byteDepthMax = queues[index].policy.byteDepthMax
        let (chosen, hasMore) = select(
            request, index, countMax: countMax,
            byteCountMax: byteDepthMax - min(queues[index].byteDepth, byteDepthMax),
            isHeldUp: isHeldUp)
        if !chosen.isEmpty { write(chosen, request, queue, requester, now) }
        let wait = request.intervalNanoseconds * Int64(chosen.count)
        return RedriveAnswer(
            count: chosen.count, hasMore: hasMore,
            // Without room, somebody has to settle something first.
            resumeAfter: chosen.isEmpty && hasMore ? .seconds(1) : .nanoseconds(wait),
            isRepeated: false)
    }

    private func repeated(
        _ first: OperatorAct, _ request: RedriveRequest, _ index: Int, _ now: MeshInstant
    ) -> RedriveAnswer {
        let end = first.at + .nanoseconds(request.intervalNanoseconds * Int64(first.count))
        return RedriveAnswer(
            count: Int(first.count), hasMore: select(request, index, countMax: 0).hasMore,
            resumeAfter: max(end - now, .zero), isRepeated: true)
    }

    private func redriveCountMax(
        _ request: RedriveRequest, _ index: Int, _ requester: Requester, isHeldUp: Bool
    ) -> Int {
        let policy = queues[index].policy
        let room = max(
            policy.depthMax - min(queues[index].depth, policy.depthMax), isHeldUp ? 1 : 0)
        let reach =
            request.ratePerSecond == 0
            ? .max : Int(request.ratePerSecond) * RedriveRequest.horizonSeconds
        return min(
            request.limit, Int(clamping: room), reach,
            moveCountMax(besides: 8 + Self.redriveByteCount + requester.journalByteCount))
    }

    /// The first of the dead messages that are meant, up to `countMax` and `byteCountMax`, and
    /// whether there are others. None is passed over for a later one that is smaller; one that no
    /// queue has room for, a compensation or one from before the limit was lowered, goes alone into
    /// an empty queue, or one where all wait for dead letters: else nobody could ever redrive it.
    private func select(
        _ request: RedriveRequest, _ index: Int, countMax: Int, byteCountMax: UInt64 = .max,
        isHeldUp: Bool = false
    ) -> (chosen: [MessageSequence], hasMore: Bool) {
        var chosen: [MessageSequence] = []
        var hasMore = false
        var byteCount: UInt64 = 0
        func consider(_ sequence: MessageSequence, _ slot: SlotIndex, _ death: Death) -> Bool {
            let message = queues[index].table[slot]
            guard request.filter.matches(message, death) else { return true }
            byteCount += UInt64(message.envelopeByteCount)
            let isAlone = chosen.isEmpty && (queues[index].depth == 0 || isHeldUp)
            guard chosen.count < countMax, byteCount <= byteCountMax || isAlone else {
                hasMore = true
                return false
            }
            chosen.append(sequence)
            return true
        }
        if request.sequences.isEmpty {
            queues[index].dead.forEach(after: MessageSequence(0), consider)
        } else {
            for sequence in Set(request.sequences).sorted() {
                guard let (slot, death) = queues[index].dead[sequence] else { continue }
                guard consider(sequence, slot, death) else { break }
            }
        }
        return (chosen, hasMore)
    }

    /// queue, id, first due, interval, count.
    private static let redriveByteCount = 2 + 16 + 8 + 8 + 4

    private mutating func write(
        _ chosen: [MessageSequence], _ request: RedriveRequest, _ queue: QueueNumber,
        _ requester: Requester, _ now: MeshInstant
    ) {
        var record = append(
            Journal.redrive, by: requester, at: now,
            byteCount: Self.redriveByteCount + 8 * chosen.count)
        let schedule = RedriveSchedule(
            first: request.ratePerSecond == 0 ? .epoch : now,
            intervalNanoseconds: request.intervalNanoseconds)
        record.payload.write(queue.rawValue)
        record.payload.write(request.id.high)
        record.payload.write(request.id.low)
        schedule.write(to: &record.payload)
        record.payload.write(UInt32(chosen.count))
        for (place, sequence) in chosen.enumerated() {
            record.payload.write(sequence.rawValue)
            guard let slot = queues[Int(queue.rawValue)].revive(sequence) else { continue }
            prepare(.arrive(queue, slot, notBefore: schedule.due(place)), in: record.batch)
        }
        note(.redrive, queue, requester, now, count: chosen.count, request: request.id)
    }
}
