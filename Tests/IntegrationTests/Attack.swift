// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Wire

/// Bytes that are not as they should be, and what must be answered.
struct Attack: Sendable {
    let name: String
    /// Whether HELLO goes before.
    var isGreeted = true
    let bytes: ByteBuffer
    let refusal: WireErrorCode

    /// What every daemon must withstand.
    ///
    /// - Parameters:
    ///   - own: an opcode that the daemon serves.
    ///   - foreign: one that it does not, though the protocol has it.
    static func all(own: Opcode, foreign: Opcode) -> [Attack] {
        var long = ByteBuffer()
        long.writeInteger(UInt32.max, endianness: .little)
        var bomb = ByteBuffer()
        bomb.writeInteger(UInt32(1 << 30), endianness: .little)
        bomb.writeRepeatingByte(0, count: 16)
        let body = ByteBuffer(bytes: [1, 2, 3, 4, 5, 6, 7, 8])
        return [
            Attack(name: "too long", bytes: long, refusal: .frameTooLong),
            Attack(
                name: "too long before HELLO", isGreeted: false,
                bytes: frame(.ping, ByteBuffer(repeating: 0, count: 2000)), refusal: .frameTooLong),
            Attack(
                name: "before HELLO", isGreeted: false, bytes: frame(own, body),
                refusal: .helloRequired),
            Attack(
                name: "bad checksum", bytes: frame(.ping, body, checksum: 7), refusal: .badChecksum),
            Attack(name: "bomb", bytes: frame(.ping, bomb, flags: 1), refusal: .badCompression),
            Attack(name: "unknown opcode", bytes: frame(nil, body), refusal: .unknownOpcode),
            Attack(
                name: "another daemon's opcode", bytes: frame(foreign, body),
                refusal: .unsupported),
            Attack(
                name: "not what the opcode says", bytes: frame(own, body), refusal: .badMessage),
        ]
    }

    /// Orders that cannot be, as a client of the mesh can send them.
    static let orders: [Attack] = [
        order("no pieces", items: [item(quantity: 0)]),
        order("a negative price", items: [item(unitPriceMinor: -1)]),
        order("an overflowing total", items: [item(quantity: 1_000_000, unitPriceMinor: .max)]),
        order("ten thousand items", items: Array(repeating: item(), count: 10_000)),
        order("no items", items: []),
    ]

    private static func item(quantity: UInt32 = 1, unitPriceMinor: Int64 = 1) -> Item {
        Item(product: "P", quantity: quantity, unitPriceMinor: unitPriceMinor)
    }

    private static func order(_ name: String, items: [Item]) -> Attack {
        var bytes = ByteBuffer()
        Frame.append(
            PlaceOrder(
                tenant: "default", customer: "mallory", idempotencyKey: name.filter { $0 != " " },
                currency: "USD", items: items),
            header: FrameHeader(opcode: Opcode.placeOrder.rawValue, correlation: 9), to: &bytes)
        return Attack(name: name, bytes: bytes, refusal: .invalidOrder)
    }

    /// A frame of any body; without an opcode, one that does not exist.
    private static func frame(
        _ opcode: Opcode?, _ body: ByteBuffer, flags: UInt8 = 0, checksum: UInt32? = nil
    ) -> ByteBuffer {
        var buffer = ByteBuffer()
        let header = FrameHeader(opcode: opcode?.rawValue ?? 0x7FFF, correlation: 9)
        Frame.append(RawBody(bytes: body), header: header, to: &buffer)
        buffer.setInteger(flags, at: FrameHeader.lengthByteCount + 1)
        if let checksum {
            buffer.setInteger(checksum, at: FrameHeader.byteCount, endianness: .little)
        }
        return buffer
    }
}

/// A body of any bytes.
private struct RawBody: WireMessage {
    static var opcode: Opcode { .ping }
    let bytes: ByteBuffer

    init(bytes: ByteBuffer) { self.bytes = bytes }

    init(from reader: inout WireReader) throws(WireError) { bytes = ByteBuffer() }

    func write(to buffer: inout ByteBuffer) { buffer.writeImmutableBuffer(bytes) }
}
