// SPDX-License-Identifier: MIT
import FrameCompression
import NIOCore
import Wire

/// A frame that the golden server sends, out of a message.
struct GoldenReply: Sendable {
    let message: any WireMessage
    var flags: FrameFlags = .response
    /// Stands behind the known fields, as a later version may have it.
    var trailing: [UInt8] = []
    /// Another opcode than the message's.
    var opcode: UInt16?
    var isCompressed = false
    /// How many bytes of the body are left out at its end.
    var cutByteCount = 0

    init(_ message: any WireMessage, flags: FrameFlags = .response) {
        self.message = message
        self.flags = flags
    }

    static func push(_ message: any WireMessage) -> GoldenReply {
        GoldenReply(message, flags: .push)
    }

    /// With bytes that no version knows behind its fields.
    func extended() -> GoldenReply { with { $0.trailing = [0xDE, 0xAD, 0xBE, 0xEF] } }

    /// Compressed, if that makes it shorter.
    func compressed() -> GoldenReply { with { $0.isCompressed = true } }

    /// With an opcode that no version knows.
    func unknown() -> GoldenReply { with { $0.opcode = 0x7FFF } }

    /// Too short for its fields.
    func cut() -> GoldenReply { with { $0.cutByteCount = 3 } }

    private func with(_ change: (inout GoldenReply) -> Void) -> GoldenReply {
        var copy = self
        change(&copy)
        return copy
    }

    /// The frame, in answer to `request`, or to nobody.
    func frame(to request: FrameHeader?) -> ByteBuffer {
        var header = FrameHeader(
            flags: flags, opcode: opcode ?? type(of: message).opcode.rawValue,
            correlation: request?.correlation ?? 0)
        if let request { header.trace = request.trace }
        var frame = ByteBuffer()
        let bodyStart = Frame.append(
            ExtendedBody(message, trailing: trailing, cutByteCount: cutByteCount), header: header,
            to: &frame)
        if isCompressed { FrameCompressor().compressLast(in: &frame, bodyStart: bodyStart) }
        return frame
    }
}
