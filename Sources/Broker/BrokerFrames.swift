// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import QueueState
import SegmentLog
import Wire

/// The two hot frames, read in place without making an object for each message: what `Publish` and
/// `Settle` of the wire hold, under the same limits.
enum BrokerFrames {
    /// One settlement of a SETTLE, its outputs' queues still by name.
    struct Settlement {
        let sequence: MessageSequence
        let token: LeaseToken
        let verdict: SettlementRequest.Verdict
        let reason: String
        let outputs: [Output]
    }

    /// A message that a settlement publishes, to be delivered once `delay` has passed.
    struct Output {
        let queue: String
        let message: OfferedMessage
        let delay: Duration
    }

    /// PUBLISH: the bytes of the queue's name, and the message.
    static func publish(
        _ body: UnsafeRawBufferPointer
    ) throws(WireError) -> (queue: UnsafeRawBufferPointer, message: OfferedMessage) {
        do {
            var reader = RecordReader(body)
            let queue = try name(&reader)
            return (queue, try message(&reader))
        } catch let error as WireError {
            throw error
        } catch {
            throw .truncated(field: "publish")
        }
    }

    /// PUBLISH as far as the message's id: what may be looked up before the rest is read.
    static func publishedID(
        _ body: UnsafeRawBufferPointer
    ) -> (queue: UnsafeRawBufferPointer, id: MessageID)? {
        var reader = RecordReader(body)
        guard let queue = try? name(&reader), var message = try? structure(&reader),
            let id = try? EnvelopeView.id(&message)
        else { return nil }
        return (queue, id)
    }

    /// PUBLISH_BATCH.
    static func publishBatch(
        _ body: UnsafeRawBufferPointer
    ) throws(WireError) -> (queue: UnsafeRawBufferPointer, messages: [OfferedMessage]) {
        do {
            var reader = RecordReader(body)
            let queue = try name(&reader)
            let count = try self.count(&reader, max: WireLimits.batchCountMax, field: "messages")
            var messages: [OfferedMessage] = []
            messages.reserveCapacity(min(count, reader.remaining / 8))
            for _ in 0..<count { messages.append(try message(&reader)) }
            return (queue, messages)
        } catch let error as WireError {
            throw error
        } catch {
            throw .truncated(field: "publish_batch")
        }
    }

    /// SETTLE.
    static func settle(
        _ body: UnsafeRawBufferPointer
    ) throws(WireError) -> (queue: UnsafeRawBufferPointer, settlements: [Settlement]) {
        do {
            var reader = RecordReader(body)
            let queue = try name(&reader)
            let count = try self.count(
                &reader, max: WireLimits.batchCountMax, field: "settlements")
            var settlements: [Settlement] = []
            settlements.reserveCapacity(min(count, reader.remaining / 8))
            for _ in 0..<count {
                var inner = try structure(&reader)
                settlements.append(try settlement(&inner))
            }
            return (queue, settlements)
        } catch let error as WireError {
            throw error
        } catch {
            throw .truncated(field: "settle")
        }
    }

    private static func settlement(_ reader: inout RecordReader) throws -> Settlement {
        let sequence = MessageSequence(try reader.read())
        let token = LeaseToken(try reader.read())
        let verdict = try verdict(try reader.read(), retryAfter: try reader.read())
        let reason = try reader.read(byteCount: Int(try reader.read(UInt16.self)))
        let count = try self.count(&reader, max: WireLimits.outputCountMax, field: "outputs")
        var outputs: [Output] = []
        for _ in 0..<count {
            var inner = try structure(&reader)
            outputs.append(
                Output(
                    queue: String(decoding: try name(&inner), as: UTF8.self),
                    message: try message(&inner),
                    delay: .milliseconds(try inner.read(UInt32.self))))
        }
        return Settlement(
            sequence: sequence, token: token, verdict: verdict,
            reason: reason.isEmpty ? "" : String(decoding: reason, as: UTF8.self),
            outputs: outputs)
    }

    private static func verdict(
        _ code: UInt8, retryAfter: UInt32
    ) throws(WireError) -> SettlementRequest.Verdict {
        guard let verdict = Verdict(rawValue: code) else {
            throw .unknownValue(field: "verdict", value: code)
        }
        return switch verdict {
        case .ack: .acknowledge
        case .retry: .retry(after: retryAfter == 0 ? nil : .milliseconds(retryAfter))
        case .release: .release
        case .dead: .dead
        }
    }

    // MARK: - Pieces

    private static func name(_ reader: inout RecordReader) throws -> UnsafeRawBufferPointer {
        let count = Int(try reader.read(UInt16.self))
        guard count <= WireLimits.queueNameByteCountMax else {
            throw WireError.tooLong(
                field: "queue", count: count, max: WireLimits.queueNameByteCountMax)
        }
        return try reader.read(byteCount: count)
    }

    private static func message(_ reader: inout RecordReader) throws -> OfferedMessage {
        try EnvelopeView(try bytes(&reader)).message
    }

    private static func structure(_ reader: inout RecordReader) throws -> RecordReader {
        RecordReader(try bytes(&reader))
    }

    private static func bytes(_ reader: inout RecordReader) throws -> UnsafeRawBufferPointer {
        try reader.read(byteCount: Int(try reader.read(UInt32.self)))
    }

    private static func count(
        _ reader: inout RecordReader, max: Int, field: String
    ) throws -> Int {
        let count = Int(try reader.read(UInt32.self))
        guard count <= max else { throw WireError.tooLong(field: field, count: count, max: max) }
        return count
    }
}
