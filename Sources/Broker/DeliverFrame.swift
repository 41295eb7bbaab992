// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import QueueState
import SegmentLog
import Wire

/// DELIVER, its messages copied as they lie in the log.
struct DeliverFrame: WireMessage {
    static let opcode = Opcode.deliver

    private(set) var count: UInt32 = 0
    private var encoded = ByteBuffer()

    /// A frame is sent when it has grown to this, well within what every peer takes.
    static let byteCountMax = 1 << 20

    init(subscription: UInt32) {
        encoded.writeWireInteger(subscription)
        encoded.writeWireInteger(UInt32(0))
    }

    /// Servers send DELIVER and never read it.
    init(from reader: inout WireReader) throws(WireError) {
        encoded = try reader.readBytes("deliver", max: 0)
    }

    var isFull: Bool {
        encoded.readableBytes >= Self.byteCountMax || count == UInt32(WireLimits.batchCountMax)
    }

    /// At one stroke: each single write would look whether the memory is shared.
    mutating func append(_ delivery: QueueState.Delivery, _ envelope: UnsafeRawBufferPointer) {
        let byteCount = 4 + Self.fixedByteCount + 4 + envelope.count
        encoded.writeWithUnsafeMutableBytes(minimumWritableBytes: byteCount) { bytes in
            var writer = RecordWriter(bytes)
            writer.write(UInt32(byteCount - 4))
            writer.write(delivery.sequence.rawValue)
            writer.write(delivery.token.rawValue)
            writer.write(UInt32(delivery.attempt))
            writer.write(UInt32(delivery.attemptsMax))
            writer.write(UInt32(delivery.acquired))
            writer.write(delivery.leaseDuration.wireMilliseconds)
            writer.write(delivery.publishedMilliseconds)
            writer.write(UInt32(envelope.count))
            writer.write(envelope)
            return byteCount
        }
        count += 1
    }

    func write(to buffer: inout ByteBuffer) {
        let start = buffer.writerIndex
        buffer.writeImmutableBuffer(encoded)
        buffer.setInteger(count, at: start + 4, endianness: .little)
    }

    /// Keeps the memory for the next frame.
    mutating func removeAll() {
        count = 0
        encoded.moveWriterIndex(to: 8)
    }

    /// sequence, token, attempt, attempts_max, acquired, lease_ms, published_ms.
    private static let fixedByteCount = 8 + 8 + 4 + 4 + 4 + 4 + 8
}
