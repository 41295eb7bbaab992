// SPDX-License-Identifier: MIT

/// A value of some field type: what golden vectors are made of, apart from the generated codecs, so
/// that the two can disagree.
indirect enum SampleValue {
    case integer(UInt64, byteCount: Int)
    case signed(Int64)
    case bool(Bool)
    case uuid(high: UInt64, low: UInt64)
    case string(String)
    case bytes([UInt8])
    case enumeration(name: String, value: UInt8)
    case structure([(name: String, value: SampleValue)])
    case list([SampleValue])

    /// The bytes of `protocol/framing.md`, section 4.
    var encoded: [UInt8] {
        switch self {
        case .integer(let value, let byteCount): Self.littleEndian(value, byteCount)
        case .signed(let value): Self.littleEndian(UInt64(bitPattern: value), 8)
        case .bool(let value): [value ? 1 : 0]
        case .uuid(let high, let low):
            Self.littleEndian(high, 8) + Self.littleEndian(low, 8)
        case .string(let text): Self.littleEndian(UInt64(text.utf8.count), 2) + Array(text.utf8)
        case .bytes(let bytes): Self.littleEndian(UInt64(bytes.count), 4) + bytes
        case .enumeration(_, let value): [value]
        case .structure(let fields): Self.counted(fields.flatMap { $0.value.encoded })
        case .list(let elements):
            Self.littleEndian(UInt64(elements.count), 4) + elements.flatMap(\.encoded)
        }
    }

    /// As JSON: ids and bytes as hexadecimal text, enumerations by name.
    func json(indent: String) -> String {
        switch self {
        case .integer(let value, _): return String(value)
        case .signed(let value): return String(value)
        case .bool(let value): return String(value)
        case .uuid(let high, let low): return "\"\(Self.hex(high))\(Self.hex(low))\""
        case .string(let text): return "\"\(text)\""
        case .bytes(let bytes): return "\"\(bytes.map(Self.hex).joined())\""
        case .enumeration(let name, _): return "\"\(name)\""
        case .structure(let fields): return Self.json(fields, indent: indent)
        case .list(let elements):
            guard !elements.isEmpty else { return "[]" }
            let inner = indent + "  "
            let lines = elements.map { inner + $0.json(indent: inner) }
            return "[\n" + lines.joined(separator: ",\n") + "\n\(indent)]"
        }
    }

    static func json(
        _ fields: [(name: String, value: SampleValue)], indent: String
    ) -> String {
        guard !fields.isEmpty else { return "{}" }
        let inner = indent + "  "
        let lines = fields.map { "\(inner)\"\($0.name)\": \($0.value.json(indent: inner))" }
        return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
    }

    // MARK: - Bytes

    static func littleEndian(_ value: UInt64, _ byteCount: Int) -> [UInt8] {
        (0..<byteCount).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
    }

    static func hex(_ value: some FixedWidthInteger & UnsignedInteger) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: type(of: value).bitWidth / 4 - digits.count) + digits
    }

    private static func counted(_ bytes: [UInt8]) -> [UInt8] {
        littleEndian(UInt64(bytes.count), 4) + bytes
    }
}
