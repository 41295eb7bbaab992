// SPDX-License-Identifier: MIT
import NIOCore
import Sessions
import Wire

/// SETTLED, encoded as the settlements are made: nearly all of its results are the same few bytes.
struct SettledFrame: WireMessage {
    static let opcode = Opcode.settled

    private var count: UInt32 = 0
    private var encoded = ByteBuffer()

    private static let done: ByteBuffer = {
        var buffer = ByteBuffer()
        buffer.writeWireStructure(SettleResult.done)
        return buffer
    }()

    init() {}

    /// Servers send SETTLED and never read it.
    init(from reader: inout WireReader) throws(WireError) {
        encoded = try reader.readBytes("settled", max: 0)
    }

    /// The next settlement was made.
    mutating func appendDone() {
        encoded.writeImmutableBuffer(Self.done)
        count += 1
    }

    /// The next settlement was refused.
    mutating func append(_ refusal: SettleResult) {
        encoded.writeWireStructure(refusal)
        count += 1
    }

    func write(to buffer: inout ByteBuffer) {
        buffer.writeWireInteger(count)
        buffer.writeImmutableBuffer(encoded)
    }

    /// Keeps the memory for the next frame.
    mutating func removeAll() {
        count = 0
        encoded.clear()
    }
}
