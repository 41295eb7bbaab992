// SPDX-License-Identifier: MIT
package import Orders
import SegmentLog

/// What somebody did to the broker.
package struct OperatorAct: Equatable, Sendable {
    /// Values stand in the log, and are those of the wire.
    package enum Verb: UInt8, CaseIterable, Sendable {
        case declare = 0
        case pause = 1
        case resume = 2
        case purgeWaiting = 3
        case purgeDead = 4
        case redrive = 5
        case setWeights = 6
    }

    package internal(set) var at: MeshInstant
    package let verb: Verb
    /// nil when it was about no queue in particular.
    package let queue: QueueNumber?
    /// Messages or tenants that it was about.
    package internal(set) var count: UInt64
    /// Names the request, if it was given a name; else zero.
    package let request: UniqueID
    package let requester: Requester
}

// MARK: - In records

extension OperatorAct {
    /// Stands for no queue.
    private static let noQueue = UInt16.max

    var journalByteCount: Int { 8 + 1 + 2 + 8 + 16 + requester.journalByteCount }

    func write(to writer: inout RecordWriter) {
        writer.write(at.nanoseconds)
        writer.write(verb.rawValue)
        writer.write(queue?.rawValue ?? Self.noQueue)
        writer.write(count)
        writer.write(request.high)
        writer.write(request.low)
        requester.write(to: &writer)
    }

    init(from reader: inout RecordReader) throws(RecordReader.Truncated) {
        at = MeshInstant(nanoseconds: try reader.read())
        guard let verb = Verb(rawValue: try reader.read()) else { throw RecordReader.Truncated() }
        self.verb = verb
        let queue: UInt16 = try reader.read()
        self.queue = queue == Self.noQueue ? nil : QueueNumber(queue)
        count = try reader.read()
        request = UniqueID(high: try reader.read(), low: try reader.read())
        requester = try Requester(from: &reader)
    }
}
