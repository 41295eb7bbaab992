// SPDX-License-Identifier: MIT
import Orders
package import SegmentLog

/// A record of a log or a snapshot as people and their tools read it, by keys in JSON.
package struct JournalLine: Encodable, Sendable {
    /// A message within a record.
    package struct Message: Encodable, Sendable {
        var queue: UInt16
        var sequence: UInt64
        var id: String
        var byteCount: Int
        /// Milliseconds since the epoch; absent for at once.
        var notBefore: UInt64?
        var attempts: UInt8?
        var isUrgent: Bool?
    }

    let file: String
    let offset: UInt32
    let type: UInt8
    private(set) var name = "unknown"
    private(set) var at: UInt64?
    private(set) var epoch: UInt32?
    private(set) var queue: UInt16?
    private(set) var queues: [String]?
    private(set) var sequence: UInt64?
    private(set) var sequences: [UInt64]?
    private(set) var outcome: String?
    private(set) var reason: String?
    private(set) var messages: [Message]?
    private(set) var count: Int?
    private(set) var who: String?
    private(set) var why: String?

    /// - Parameter file: the name of the file that the record is in.
    /// - Throws: `inconsistent` when the record does not follow its layout.
    package init(_ record: LogRecord, in file: String) throws(LogError) {
        self.file = file
        offset = record.position.offset
        type = record.type.rawValue
        do {
            var reader = RecordReader(record.payload)
            try read(record.type, &reader)
        } catch {
            throw LogError(
                .inconsistent, file: file, offset: Int(record.position.offset),
                "a record of type \(type) ends too early")
        }
    }

    private mutating func read(
        _ type: RecordType, _ reader: inout RecordReader
    ) throws(RecordReader.Truncated) {
        switch type {
        case Journal.state: try readState("state", &reader)
        case Journal.snapshotState:
            _ = try reader.read(UInt32.self)
            try readState("snapshot state", &reader)
        case Journal.declare:
            try readAct("declare", &reader)
            queue = try reader.read()
            queues = [try reader.readText()]
        case Journal.publish:
            (name, at) = ("publish", try Self.readTime(&reader))
            messages = try Self.readMessages(&reader)
        case Journal.settle: try readSettle(&reader)
        case Journal.redrive: try readRedrive(&reader)
        case Journal.pause: try readPause(&reader)
        case Journal.purge: try readPurge(&reader)
        case Journal.weights:
            try readAct("weights", &reader)
            count = Int(try reader.read(UInt16.self))
        case Journal.move: try readMove(&reader)
        case Journal.snapshotMessages: try readSnapshotMessages(&reader)
        case Journal.snapshotDues: try readPart("snapshot dues", &reader)
        case Journal.snapshotHistory: try readPart("snapshot history", &reader)
        case Journal.snapshotIDs:
            (name, count) = ("snapshot ids", Int(try reader.read(UInt32.self)))
        default: break
        }
    }

    private mutating func readState(
        _ name: String, _ reader: inout RecordReader
    ) throws(RecordReader.Truncated) {
        let state = try JournalState(from: &reader)
        self.name = name
        epoch = state.epoch
        queues = state.queues.map(\.name.text)
    }

    private mutating func readSettle(
        _ reader: inout RecordReader
    ) throws(RecordReader.Truncated) {
        (name, at) = ("settle", try Self.readTime(&reader))
        (queue, sequence) = (try reader.read(), try reader.read())
        switch try SettlementOutcome(from: &reader) {
        case .acknowledged: outcome = "acknowledged"
        case .retried(_, let attempt): (outcome, reason) = ("retried", attempt.error)
        case .dead(_, let text): (outcome, reason) = ("dead", text)
        }
        messages = try Self.readMessages(&reader)
    }

    private mutating func readRedrive(
        _ reader: inout RecordReader
    ) throws(RecordReader.Truncated) {
        try readAct("redrive", &reader)
        queue = try reader.read()
        _ = try reader.read(byteCount: 16)
        _ = try RedriveSchedule(from: &reader)
        sequences = try Self.readSequences(&reader)
    }

    private mutating func readPause(_ reader: inout RecordReader) throws(RecordReader.Truncated) {
        try readAct("pause", &reader)
        queue = try reader.read()
        outcome = try reader.read(UInt8.self) != 0 ? "paused" : "resumed"
    }

    private mutating func readPurge(_ reader: inout RecordReader) throws(RecordReader.Truncated) {
        try readAct("purge", &reader)
        queue = try reader.read()
        outcome = try reader.read(UInt8.self) != 0 ? "dead" : "waiting"
        sequences = try Self.readSequences(&reader)
    }

    private mutating func readAct(
        _ name: String, _ reader: inout RecordReader
    ) throws(RecordReader.Truncated) {
        (self.name, at) = (name, try Self.readTime(&reader))
        let requester = try Requester(from: &reader)
        if requester != .nobody { (who, why) = (requester.who, requester.why) }
    }

    private static func readSequences(
        _ reader: inout RecordReader
    ) throws(RecordReader.Truncated) -> [UInt64] {
        var sequences: [UInt64] = []
        for _ in 0..<(try reader.read(UInt32.self)) { sequences.append(try reader.read()) }
        return sequences
    }

    private mutating func readMove(_ reader: inout RecordReader) throws(RecordReader.Truncated) {
        let move = try JournalMove(from: &reader)
        name = "move"
        outcome = move.history.death.map { _ in "dead" }
        var message = Message(move.message)
        message.attempts = move.attempts
        messages = [message]
    }

    private mutating func readSnapshotMessages(
        _ reader: inout RecordReader
    ) throws(RecordReader.Truncated) {
        try readPart("snapshot messages", &reader)
        var messages: [Message] = []
        var message = StoredMessage.none
        for _ in 0..<(count ?? 0) {
            message = try StoredMessage(snapshot: &reader, after: message)
            messages.append(Message(message, queue: queue ?? 0))
        }
        self.messages = messages
    }

    private mutating func readPart(
        _ name: String, _ reader: inout RecordReader
    ) throws(RecordReader.Truncated) {
        self.name = name
        queue = try reader.read()
        count = Int(try reader.read(UInt32.self))
    }

    private static func readTime(
        _ reader: inout RecordReader
    ) throws(RecordReader.Truncated) -> UInt64 {
        MeshInstant(nanoseconds: try reader.read()).milliseconds
    }

    private static func readMessages(
        _ reader: inout RecordReader
    ) throws(RecordReader.Truncated) -> [Message] {
        var messages: [Message] = []
        for _ in 0..<(try reader.read(UInt16.self)) {
            messages.append(Message(try JournalMessage(from: &reader)))
        }
        return messages
    }
}

extension JournalLine.Message {
    init(_ message: JournalMessage) {
        self.init(
            queue: message.queue.rawValue, sequence: message.sequence.rawValue,
            id: "\(message.id.value)", byteCount: message.envelopeByteCount,
            notBefore: message.notBefore == .epoch ? nil : message.notBefore.milliseconds,
            isUrgent: message.isUrgent ? true : nil)
    }

    init(_ message: StoredMessage, queue: UInt16) {
        self.init(
            queue: queue, sequence: message.sequence, id: "\(message.id.value)",
            byteCount: Int(message.envelopeByteCount), attempts: message.attempts,
            isUrgent: message.isUrgent ? true : nil)
    }
}
