// SPDX-License-Identifier: MIT
import Wire

/// One delivery of a DELIVER, as it lies in what was read: `protocol/reference.md`.
struct DeliveryView {
    let sequence: UInt64
    let token: UInt64
    /// The first word of the message's body; nil when that is shorter.
    let stamp: UInt64?

    /// Behind the subscription's number and the count.
    private static let listOffset = 8
    /// Sequence, token, attempt, attempts_max, acquired, lease_ms, published_ms.
    private static let fixedByteCount = 8 + 8 + 4 + 4 + 4 + 4 + 8
    /// Id, trace, group.
    private static let tenantOffset = 16 + 16 + 16
    /// Priority, not_before_ms, the body's length.
    private static let behindTenantByteCount = 1 + 8 + 4

    static func all(in deliver: FrameView) -> [DeliveryView] {
        let body = deliver.body
        var views: [DeliveryView] = []
        var offset = listOffset
        while offset + 4 + fixedByteCount <= body.count {
            let byteCount = Int(integer(body, offset, UInt32.self))
            views.append(DeliveryView(body, at: offset + 4))
            offset += 4 + byteCount
        }
        return views
    }

    private init(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        sequence = Self.integer(bytes, offset, UInt64.self)
        token = Self.integer(bytes, offset + 8, UInt64.self)
        let envelope = offset + Self.fixedByteCount + 4
        let tenant = envelope + Self.tenantOffset
        guard tenant + 2 <= bytes.count else {
            stamp = nil
            return
        }
        let tenantByteCount = Int(Self.integer(bytes, tenant, UInt16.self))
        let body = tenant + 2 + tenantByteCount + Self.behindTenantByteCount
        stamp = body + 8 <= bytes.count ? Self.integer(bytes, body, UInt64.self) : nil
    }

    private static func integer<T: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: UnsafeRawBufferPointer, _ offset: Int, _: T.Type
    ) -> T {
        T(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
    }
}
