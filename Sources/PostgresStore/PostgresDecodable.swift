// SPDX-License-Identifier: MIT
package import Orders

/// A Swift type that a result column can be read as.
package protocol PostgresDecodable {
    /// - Parameters:
    ///   - bytes: the column's binary form; nil for SQL NULL.
    ///   - type: the object id of the column's type.
    /// - Returns: nil when type or bytes do not fit.
    init?(postgres bytes: ArraySlice<UInt8>?, type: UInt32)
}

extension Bool: PostgresDecodable {
    package init?(postgres bytes: ArraySlice<UInt8>?, type: UInt32) {
        guard type == PostgresType.bool.rawValue, let byte = bytes?.first else { return nil }
        self = byte != 0
    }
}

extension Int64: PostgresDecodable {
    package init?(postgres bytes: ArraySlice<UInt8>?, type: UInt32) {
        guard let bytes else { return nil }
        switch PostgresType(rawValue: type) {
        case .int64: self.init(bigEndian: bytes)
        case .int32:
            guard let value = Int32(bigEndian: bytes) else { return nil }
            self.init(value)
        case .int16:
            guard let value = Int16(bigEndian: bytes) else { return nil }
            self.init(value)
        default: return nil
        }
    }
}

extension Int32: PostgresDecodable {
    package init?(postgres bytes: ArraySlice<UInt8>?, type: UInt32) {
        guard let value = Int64(postgres: bytes, type: type) else { return nil }
        self.init(exactly: value)
    }
}

extension UInt32: PostgresDecodable {
    package init?(postgres bytes: ArraySlice<UInt8>?, type: UInt32) {
        guard let value = Int64(postgres: bytes, type: type) else { return nil }
        self.init(exactly: value)
    }
}

extension String: PostgresDecodable {
    package init?(postgres bytes: ArraySlice<UInt8>?, type: UInt32) {
        guard var bytes, let type = PostgresType(rawValue: type), type.isText else { return nil }
        // The binary form of jsonb starts with its version.
        if type == .jsonb { bytes = bytes.dropFirst() }
        self.init(decoding: bytes, as: UTF8.self)
    }
}

extension UniqueID: PostgresDecodable {
    package init?(postgres bytes: ArraySlice<UInt8>?, type: UInt32) {
        guard type == PostgresType.uuid.rawValue, let bytes, bytes.count == 16,
            let high = UInt64(bigEndian: bytes.prefix(8)),
            let low = UInt64(bigEndian: bytes.suffix(8))
        else { return nil }
        self.init(high: high, low: low)
    }
}

extension MeshInstant: PostgresDecodable {
    package init?(postgres bytes: ArraySlice<UInt8>?, type: UInt32) {
        guard type == PostgresType.timestamp.rawValue, let bytes,
            let microseconds = Int64(bigEndian: bytes)
        else { return nil }
        self.init(postgresMicroseconds: microseconds)
    }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    package init?(postgres bytes: ArraySlice<UInt8>?, type: UInt32) {
        guard let bytes else {
            self = Wrapped?.none
            return
        }
        guard let value = Wrapped(postgres: bytes, type: type) else { return nil }
        self = Wrapped?.some(value)
    }
}

/// Arrays of one dimension; `bytea` reads as `[UInt8]`.
extension Array: PostgresDecodable where Element: PostgresDecodable {
    package init?(postgres bytes: ArraySlice<UInt8>?, type: UInt32) {
        guard var rest = bytes else { return nil }
        if type == PostgresType.bytes.rawValue {
            guard let octets = Swift.Array(rest) as? Self else { return nil }
            self = octets
            return
        }
        guard let dimensions = rest.takeBigEndian(Int32.self),
            rest.takeBigEndian(Int32.self) != nil,
            let element = rest.takeBigEndian(UInt32.self)
        else { return nil }
        self = []
        if dimensions == 0 { return }
        guard dimensions == 1, let count = rest.takeBigEndian(Int32.self),
            rest.takeBigEndian(Int32.self) != nil
        else { return nil }
        for _ in 0..<count {
            guard let length = rest.takeBigEndian(Int32.self) else { return nil }
            let bytes = length < 0 ? nil : rest.prefix(Int(length))
            rest = rest.dropFirst(Int(Swift.max(0, length)))
            guard let value = Element(postgres: bytes, type: element) else { return nil }
            append(value)
        }
    }
}

/// Only an element of `bytea`; PostgreSQL has no type of one byte that we store.
extension UInt8: PostgresDecodable {
    package init?(postgres bytes: ArraySlice<UInt8>?, type: UInt32) {
        nil
    }
}

extension ArraySlice<UInt8> {
    fileprivate mutating func takeBigEndian<Value: FixedWidthInteger>(_: Value.Type) -> Value? {
        guard let value = Value(bigEndian: prefix(Value.bitWidth / 8)) else { return nil }
        self = dropFirst(Value.bitWidth / 8)
        return value
    }
}
