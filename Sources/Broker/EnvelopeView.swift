// SPDX-License-Identifier: MIT
import Orders
import QueueState
import SegmentLog
import Wire

/// The fields of an envelope that a broker needs, read in place. The rest is carried unseen.
struct EnvelopeView {
    let message: OfferedMessage

    private static let tenantByteCountMax = 64

    /// - Parameter bytes: one `Envelope` of the wire, without its length. Fields behind those known
    ///   are kept with it.
    init(_ bytes: UnsafeRawBufferPointer) throws(WireError) {
        do {
            var reader = RecordReader(bytes)
            let id = try Self.id(&reader)
            _ = try reader.read(byteCount: 16)
            let group = UniqueID(high: try reader.read(), low: try reader.read())
            let tenant = try reader.read(byteCount: Int(try reader.read(UInt16.self)))
            let priority: UInt8 = try reader.read()
            let notBefore: UInt64 = try reader.read()
            let bodyByteCount: UInt32 = try reader.read()
            try Self.check(tenant, priority, bodyByteCount)
            _ = try reader.read(byteCount: Int(bodyByteCount))
            let owner = TenantKey(name: tenant)
            message = OfferedMessage(
                id: id, tenant: owner, group: GroupKey(group, of: owner),
                notBefore: notBefore == 0 ? .epoch : MeshInstant(milliseconds: notBefore),
                isUrgent: priority == Priority.compensation.rawValue, envelope: bytes)
        } catch let error as WireError {
            throw error
        } catch {
            throw .truncated(field: "message")
        }
    }

    /// An envelope begins with it.
    static func id(_ reader: inout RecordReader) throws -> MessageID {
        MessageID(UniqueID(high: try reader.read(), low: try reader.read()))
    }

    private static func check(
        _ tenant: UnsafeRawBufferPointer, _ priority: UInt8, _ bodyByteCount: UInt32
    ) throws(WireError) {
        guard tenant.count <= tenantByteCountMax else {
            throw .tooLong(field: "tenant", count: tenant.count, max: tenantByteCountMax)
        }
        // Whoever receives the message must be able to read it.
        guard tenant.allSatisfy({ $0 < 0x80 }) || String(validating: tenant, as: UTF8.self) != nil
        else { throw .badText(field: "tenant") }
        guard Priority(rawValue: priority) != nil else {
            throw .unknownValue(field: "priority", value: priority)
        }
        guard Int(bodyByteCount) <= WireLimits.bodyByteCountMax else {
            throw .tooLong(
                field: "body", count: Int(bodyByteCount), max: WireLimits.bodyByteCountMax)
        }
    }
}
