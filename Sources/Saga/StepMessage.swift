// SPDX-License-Identifier: MIT
package import Orders

/// The body of a message between stages: which step of which order. Everything else is read from
/// the database by the order's id.
///
/// | offset | size | field                                             |
/// |-------:|-----:|---------------------------------------------------|
/// |      0 |    1 | version, 1                                        |
/// |      1 |    1 | kind, see `StepKind`                              |
/// |      2 |   16 | order id, its bytes in the order they are written |
/// |     18 |    4 | attempt at the payment, little-endian             |
/// |     22 |    1 | length of the status, 0 when there is none        |
/// |     23 |    n | status, UTF-8                                     |
/// |   23+n |    2 | length of the detail, little-endian               |
/// |   25+n |    m | detail, UTF-8                                     |
///
/// A `tell` goes on with its notice:
///
/// | offset | size | field                                                       |
/// |-------:|-----:|-------------------------------------------------------------|
/// |      0 |    1 | 1; 0 when there is none, and nothing follows                |
/// |      1 |   16 | id of the message that was to be told                       |
/// |     17 |    4 | kept back for so long, milliseconds, little-endian          |
/// |     21 |    2 | length of the recipient, little-endian                      |
/// |     23 |    n | recipient: a URL, `mailto:` and an address included, UTF-8  |
///
/// Bytes behind that belong to later versions and are skipped.
package struct StepMessage: Sendable, Equatable {
    package var kind: StepKind
    package var order: OrderID
    /// Which charge of the order this is about, from 1; 0 when none has been tried.
    package var attempt: UInt32
    /// What to tell the customer; only with `notify`.
    package var status: OrderStatus?
    /// A sentence for people. At most `detailByteCountMax` bytes travel.
    package var detail: String
    /// What is told to whom; only with `tell`.
    package var notice: Notice?

    package static let version: UInt8 = 1
    package static let detailByteCountMax = 500

    package init(
        _ kind: StepKind, order: OrderID, attempt: UInt32 = 0, status: OrderStatus? = nil,
        detail: String = "", notice: Notice? = nil
    ) {
        self.kind = kind
        self.order = order
        self.attempt = attempt
        self.status = status
        self.detail = detail
        self.notice = notice
    }
}

/// Why bytes are no step message.
package enum StepMessageError: Error, Equatable, Sendable {
    case truncated
    case version(UInt8)
    case kind(UInt8)
    case status(String)
}

extension StepMessage {
    package var encoded: [UInt8] {
        var bytes: [UInt8] = [Self.version, kind.rawValue]
        Self.append(order.value, to: &bytes)
        for shift in stride(from: 0, to: 32, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: attempt >> UInt32(shift)))
        }
        let status = status?.rawValue ?? ""
        bytes.append(UInt8(status.utf8.count))
        bytes.append(contentsOf: status.utf8)
        let detail = Self.shortened(detail)
        bytes.append(UInt8(truncatingIfNeeded: detail.count))
        bytes.append(UInt8(truncatingIfNeeded: detail.count >> 8))
        bytes.append(contentsOf: detail)
        if kind == .tell { bytes += notice?.encoded ?? [0] }
        return bytes
    }

    /// - Throws: what is wrong with bytes that did not come from `encoded`.
    package init(decoding bytes: some Collection<UInt8>) throws(StepMessageError) {
        var rest = Array(bytes)[...]
        let head = try Self.take(2, from: &rest)
        guard head.first == Self.version else { throw .version(head.first ?? 0) }
        let kindByte = head.last ?? 0
        guard let kind = StepKind(rawValue: kindByte) else { throw .kind(kindByte) }
        let order = OrderID(try Self.takeID(from: &rest))
        let attempt = try Self.take(4, from: &rest).reversed().reduce(UInt32(0)) {
            $0 << 8 | UInt32($1)
        }
        let statusLength = try Self.take(1, from: &rest).first ?? 0
        let statusText = String(
            decoding: try Self.take(Int(statusLength), from: &rest), as: UTF8.self)
        let status = OrderStatus(rawValue: statusText)
        guard statusText.isEmpty || status != nil else { throw .status(statusText) }
        let detailLength = try Self.take(2, from: &rest).reversed().reduce(0) { $0 << 8 | Int($1) }
        let detail = String(decoding: try Self.take(detailLength, from: &rest), as: UTF8.self)
        self.init(
            kind, order: order, attempt: attempt,
            status: status, detail: detail,
            notice: kind == .tell ? try Notice(takingFrom: &rest) : nil)
    }

    static func append(_ id: UniqueID, to bytes: inout [UInt8]) {
        for word in [id.high, id.low] {
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
    }

    static func takeID(from rest: inout ArraySlice<UInt8>) throws(StepMessageError) -> UniqueID {
        let high = try take(8, from: &rest).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let low = try take(8, from: &rest).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return UniqueID(high: high, low: low)
    }

    static func take(
        _ count: Int, from rest: inout ArraySlice<UInt8>
    ) throws(StepMessageError) -> ArraySlice<UInt8> {
        guard rest.count >= count else { throw .truncated }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    /// Cut at a character's boundary, so that the rest is still UTF-8.
    private static func shortened(_ detail: String) -> [UInt8] {
        var kept = detail
        while kept.utf8.count > detailByteCountMax { kept.removeLast() }
        return Array(kept.utf8)
    }
}
