// SPDX-License-Identifier: MIT
import NIOCore
import Wire

/// The body of a message with bytes behind it, as a later version of the protocol may have them, or
/// without its last ones.
struct ExtendedBody: WireMessage {
    /// Not on the wire: a frame's header is told its opcode.
    static var opcode: Opcode { .error }

    private let bytes: ByteBuffer

    init(_ message: some WireMessage, trailing: [UInt8], cutByteCount: Int) {
        var bytes = ByteBuffer()
        message.write(to: &bytes)
        bytes.writeBytes(trailing)
        bytes.moveWriterIndex(to: bytes.writerIndex - cutByteCount)
        self.bytes = bytes
    }

    /// It is only ever sent.
    init(from reader: inout WireReader) throws(WireError) {
        throw .truncated(field: "body")
    }

    func write(to buffer: inout ByteBuffer) { buffer.writeImmutableBuffer(bytes) }
}
