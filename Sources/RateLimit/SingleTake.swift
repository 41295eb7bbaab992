// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Wire

/// TAKE and TAKEN of one take, which nearly every frame is: read in place and written at one stroke,
/// with no list made for it.
struct SingleTake {
    let request: TokenRequest

    /// nil when the body is anything else, or wrong: then it is for `Take` to judge.
    init?(_ body: ByteBuffer) {
        guard let request = body.withUnsafeReadableBytes(Self.read) else { return nil }
        self.request = request
    }

    /// u32 count · u32 bytes of the structure · u16 bytes of the tenant, tenant · u32 cost · key · hold.
    private static func read(_ body: UnsafeRawBufferPointer) -> TokenRequest? {
        func integer<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int) -> T {
            T(littleEndian: body.loadUnaligned(fromByteOffset: offset, as: T.self))
        }
        guard body.count >= tenantOffset, integer(at: 0) == 1 as UInt32 else { return nil }
        let structureByteCount = Int(integer(at: 4) as UInt32)
        let tenantByteCount = Int(integer(at: 8) as UInt16)
        let end = tenantOffset + tenantByteCount
        guard tenantByteCount <= TenantID.byteCountMax, body.count >= end + fixedByteCount,
            (2 + tenantByteCount + fixedByteCount...body.count - 8).contains(structureByteCount)
        else { return nil }
        let tenant = UnsafeRawBufferPointer(rebasing: body[tenantOffset..<end])
        guard tenant.allSatisfy({ $0 < 0x80 }) else { return nil }
        let hold = body[end + 20]
        guard hold <= 1 else { return nil }
        return TokenRequest(
            tenant: String(decoding: tenant, as: UTF8.self), cost: integer(at: end),
            key: UniqueID(high: integer(at: end + 4), low: integer(at: end + 12)), hold: hold == 1)
    }

    private static let tenantOffset = 10
    /// Cost, key and whether to hold.
    private static let fixedByteCount = 4 + 16 + 1

    /// TAKEN of one decision.
    struct Answer: WireMessage {
        static let opcode = Opcode.taken

        let decision: Wire.Decision

        init(_ decision: Wire.Decision) {
            self.decision = decision
        }

        init(from reader: inout WireReader) throws(WireError) {
            let decisions: [Wire.Decision] = try reader.readStructures("decisions", max: 1)
            guard let first = decisions.first else { throw .truncated(field: "decisions") }
            decision = first
        }

        func write(to buffer: inout ByteBuffer) {
            buffer.writeWireInteger(UInt32(1))
            buffer.writeWireStructure(decision)
        }
    }
}
