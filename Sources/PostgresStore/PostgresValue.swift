// SPDX-License-Identifier: MIT
package import Orders

/// One parameter of a statement, sent in binary.
///
/// The statement's declared type decides the encoding, so that `.int64` fits an `integer` parameter
/// as long as its value does, and `.text` fits `jsonb`. A value that does not fit is refused before
/// anything is sent.
package enum PostgresValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case int32(Int32)
    case int64(Int64)
    case text(String)
    case bytes([UInt8])
    case uuid(UniqueID)
    /// Kept to the microsecond, as PostgreSQL does.
    case timestamp(MeshInstant)
    case bools([Bool])
    case int32s([Int32])
    case int64s([Int64])
    case texts([String])
    /// Elements may be null.
    case optionalTexts([String?])
    case bytesList([[UInt8]])
    case uuids([UniqueID])
    case timestamps([MeshInstant])

    /// `value` as text, or null.
    package static func optionalText(_ value: String?) -> PostgresValue {
        value.map(PostgresValue.text) ?? .null
    }
}

extension PostgresValue {
    /// Appends the binary form for a parameter of `type`; false means SQL NULL.
    func encode(as type: PostgresType, into buffer: inout [UInt8]) throws(PostgresError) -> Bool {
        switch self {
        case .null:
            return false
        case .bool(let value):
            try append(bool: value, as: type, to: &buffer)
        case .int32(let value):
            try append(integer: Int64(value), as: type, to: &buffer)
        case .int64(let value):
            try append(integer: value, as: type, to: &buffer)
        case .text(let value):
            try append(text: value, as: type, to: &buffer)
        case .bytes(let value):
            try append(bytes: value, as: type, to: &buffer)
        case .uuid(let value):
            try append(uuid: value, as: type, to: &buffer)
        case .timestamp(let value):
            try append(timestamp: value, as: type, to: &buffer)
        case .bools, .int32s, .int64s, .texts, .optionalTexts, .bytesList, .uuids, .timestamps:
            try appendArray(as: type, to: &buffer)
        }
        return true
    }

    private func appendArray(as type: PostgresType, to buffer: inout [UInt8]) throws(PostgresError)
    {
        switch self {
        case .bools(let values):
            try append(values, as: type, to: &buffer) { value, type, buffer throws(PostgresError) in
                try append(bool: value, as: type, to: &buffer)
            }
        case .int32s(let values):
            try append(values, as: type, to: &buffer) { value, type, buffer throws(PostgresError) in
                try append(integer: Int64(value), as: type, to: &buffer)
            }
        case .int64s(let values):
            try append(values, as: type, to: &buffer) { value, type, buffer throws(PostgresError) in
                try append(integer: value, as: type, to: &buffer)
            }
        case .texts(let values):
            try append(values, as: type, to: &buffer) { value, type, buffer throws(PostgresError) in
                try append(text: value, as: type, to: &buffer)
            }
        case .optionalTexts(let values):
            try append(optional: values, as: type, to: &buffer) {
                value, type, buffer throws(PostgresError) in
                try append(text: value, as: type, to: &buffer)
            }
        case .bytesList(let values):
            try append(values, as: type, to: &buffer) { value, type, buffer throws(PostgresError) in
                try append(bytes: value, as: type, to: &buffer)
            }
        case .uuids(let values):
            try append(values, as: type, to: &buffer) { value, type, buffer throws(PostgresError) in
                try append(uuid: value, as: type, to: &buffer)
            }
        case .timestamps(let values):
            try append(values, as: type, to: &buffer) { value, type, buffer throws(PostgresError) in
                try append(timestamp: value, as: type, to: &buffer)
            }
        case .null, .bool, .int32, .int64, .text, .bytes, .uuid, .timestamp:
            throw mismatch(type)
        }
    }
}

// MARK: - Scalars

extension PostgresValue {
    private func append(
        bool value: Bool, as type: PostgresType, to buffer: inout [UInt8]
    ) throws(PostgresError) {
        guard type == .bool else { throw mismatch(type) }
        buffer.append(value ? 1 : 0)
    }

    private func append(
        integer value: Int64, as type: PostgresType, to buffer: inout [UInt8]
    ) throws(PostgresError) {
        switch type {
        case .int64:
            buffer.appendBigEndian(value)
        case .int32:
            guard let value = Int32(exactly: value) else { throw mismatch(type) }
            buffer.appendBigEndian(value)
        case .int16:
            guard let value = Int16(exactly: value) else { throw mismatch(type) }
            buffer.appendBigEndian(value)
        default:
            throw mismatch(type)
        }
    }

    private func append(
        text value: String, as type: PostgresType, to buffer: inout [UInt8]
    ) throws(PostgresError) {
        // PostgreSQL has no character zero; it would cut the value short or refuse the statement.
        guard type.isText, !value.utf8.contains(0) else { throw mismatch(type) }
        if type == .jsonb { buffer.append(1) }
        buffer.append(contentsOf: value.utf8)
    }

    private func append(
        bytes value: [UInt8], as type: PostgresType, to buffer: inout [UInt8]
    ) throws(PostgresError) {
        guard type == .bytes else { throw mismatch(type) }
        buffer.append(contentsOf: value)
    }

    private func append(
        uuid value: UniqueID, as type: PostgresType, to buffer: inout [UInt8]
    ) throws(PostgresError) {
        guard type == .uuid else { throw mismatch(type) }
        buffer.appendBigEndian(value.high)
        buffer.appendBigEndian(value.low)
    }

    private func append(
        timestamp value: MeshInstant, as type: PostgresType, to buffer: inout [UInt8]
    ) throws(PostgresError) {
        guard type == .timestamp else { throw mismatch(type) }
        buffer.appendBigEndian(value.postgresMicroseconds)
    }

    private func mismatch(_ type: PostgresType) -> PostgresError {
        PostgresError(.invalidParameter, "a parameter does not fit the declared type \(type)")
    }
}

// MARK: - Arrays

extension PostgresValue {
    private typealias ElementEncoder<Value> =
        (Value, PostgresType, inout [UInt8]) throws(PostgresError) -> Void

    private func append<Value>(
        _ values: [Value],
        as type: PostgresType,
        to buffer: inout [UInt8],
        with encode: ElementEncoder<Value>
    ) throws(PostgresError) {
        let element = try appendHeader(count: values.count, hasNulls: false, as: type, to: &buffer)
        for value in values {
            try append(element: value, as: element, to: &buffer, with: encode)
        }
    }

    private func append<Value>(
        optional values: [Value?],
        as type: PostgresType,
        to buffer: inout [UInt8],
        with encode: ElementEncoder<Value>
    ) throws(PostgresError) {
        let hasNulls = values.contains { $0 == nil }
        let element = try appendHeader(
            count: values.count, hasNulls: hasNulls, as: type, to: &buffer)
        for value in values {
            if let value {
                try append(element: value, as: element, to: &buffer, with: encode)
            } else {
                buffer.appendBigEndian(Int32(-1))
            }
        }
    }

    /// Dimensions, null flag, element type; then length and lower bound of the one dimension.
    private func appendHeader(
        count: Int, hasNulls: Bool, as type: PostgresType, to buffer: inout [UInt8]
    ) throws(PostgresError) -> PostgresType {
        guard let element = type.element, let count = Int32(exactly: count) else {
            throw mismatch(type)
        }
        buffer.appendBigEndian(Int32(count == 0 ? 0 : 1))
        buffer.appendBigEndian(Int32(hasNulls ? 1 : 0))
        buffer.appendBigEndian(element.rawValue)
        if count > 0 {
            buffer.appendBigEndian(count)
            buffer.appendBigEndian(Int32(1))
        }
        return element
    }

    private func append<Value>(
        element value: Value,
        as type: PostgresType,
        to buffer: inout [UInt8],
        with encode: ElementEncoder<Value>
    ) throws(PostgresError) {
        let start = buffer.count
        buffer.appendBigEndian(Int32(0))
        try encode(value, type, &buffer)
        let length = UInt32(buffer.count - start - 4)
        for index in 0..<4 {
            buffer[start + index] = UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * index))
        }
    }
}
