// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import QueueState
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

    mutating func append(_ delivery: QueueState.Delivery, _ envelope: UnsafeRawBufferPointer) {
        encoded.writeWireInteger(UInt32(Self.fixedByteCount + 4 + envelope.count))
        encoded.writeWireInteger(delivery.sequence.rawValue)
        encoded.writeWireInteger(delivery.token.rawValue)
        encoded.writeWireInteger(UInt32(delivery.attempt))
        encoded.writeWireInteger(UInt32(delivery.attemptsMax))
        encoded.writeWireInteger(UInt32(delivery.acquired))
        encoded.writeWireInteger(delivery.leaseDuration.wireMilliseconds)
        encoded.writeWireInteger(delivery.publishedMilliseconds)
        encoded.writeWireInteger(UInt32(envelope.count))
        encoded.writeBytes(envelope)
        count += 1
        encoded.setInteger(count, at: 4, endianness: .little)
    }

    func write(to buffer: inout ByteBuffer) { buffer.writeImmutableBuffer(encoded) }

    /// Keeps the memory for the next frame.
    mutating func removeAll() {
        count = 0
        encoded.moveWriterIndex(to: 8)
        encoded.setInteger(UInt32(0), at: 4, endianness: .little)
    }

    /// sequence, token, attempt, attempts_max, acquired, lease_ms, published_ms.
    private static let fixedByteCount = 8 + 8 + 4 + 4 + 4 + 4 + 8
}
