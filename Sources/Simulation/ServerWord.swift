// SPDX-License-Identifier: MIT
import FrameCompression
import NIOCore
import Wire

/// One frame of the broker's, understood.
enum ServerWord {
    case helloOK
    case published(Published)
    case publishedBatch([UInt64])
    case consuming
    case stopped
    case settled([SettleResult])
    case extended(deadlineMilliseconds: UInt64)
    case redriven(count: UInt32)
    case purged(count: UInt32, more: Bool)
    case weighted
    case audited([AuditEntry])
    case standings([Standing])
    case deadLetters([DeadLetter])
    case paused
    case resumed
    case pong
    case refused(ErrorReply)
    case delivered(Deliver)
    case drain

    /// Whether it asks for nothing: it comes by credit, or at any time.
    var isPush: Bool {
        switch self {
        case .delivered, .drain: true
        default: false
        }
    }

    /// Takes the next whole frame off the front of `buffer`.
    ///
    /// - Returns: nil when more bytes are needed.
    static func next(
        from buffer: inout ByteBuffer
    ) throws -> (word: ServerWord, correlation: UInt64)? {
        let limit = WireLimits.frameByteCountMax
        guard let frame = try Frame.next(from: &buffer, byteCountMax: limit) else { return nil }
        let body = try FrameDecompressor.plainBody(of: frame, plainByteCountMax: limit)
        return (try ServerWord(frame.header.opcode, body), frame.header.correlation)
    }

    private init(_ opcode: UInt16, _ body: ByteBuffer) throws {
        switch Opcode(rawValue: opcode) {
        case .helloOK: self = .helloOK
        case .published: self = .published(try Published(body: body))
        case .publishedBatch: self = .publishedBatch(try PublishedBatch(body: body).sequences)
        case .consuming: self = .consuming
        case .stopped: self = .stopped
        case .settled: self = .settled(try Settled(body: body).results)
        case .extended:
            let extended = try Extended(body: body)
            self = .extended(deadlineMilliseconds: extended.deadlineMilliseconds)
        case .redriven: self = .redriven(count: try Redriven(body: body).count)
        case .purged:
            let purged = try Purged(body: body)
            self = .purged(count: purged.count, more: purged.more)
        case .weights: self = .weighted
        case .auditOK: self = .audited(try AuditOK(body: body).entries)
        case .messageStatusOK: self = .standings(try MessageStatusOK(body: body).standings)
        case .deadLettersOK: self = .deadLetters(try DeadLettersOK(body: body).letters)
        case .paused: self = .paused
        case .resumed: self = .resumed
        case .pong: self = .pong
        case .error: self = .refused(try ErrorReply(body: body))
        case .deliver: self = .delivered(try Deliver(body: body))
        case .drain: self = .drain
        default: throw Breach("the broker said something that nobody asked for: \(opcode)")
        }
    }
}
