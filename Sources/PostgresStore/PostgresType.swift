// SPDX-License-Identifier: MIT

/// The built-in types that this house stores, by their object id in every PostgreSQL.
enum PostgresType: UInt32 {
    case bool = 16
    case bytes = 17
    case int64 = 20
    case int16 = 21
    case int32 = 23
    case text = 25
    case json = 114
    case bpchar = 1042
    case varchar = 1043
    case timestamp = 1184
    case uuid = 2950
    case jsonb = 3802
    case boolArray = 1000
    case bytesArray = 1001
    case int16Array = 1005
    case int32Array = 1007
    case textArray = 1009
    case varcharArray = 1015
    case int64Array = 1016
    case timestampArray = 1185
    case uuidArray = 2951
    case jsonbArray = 3807

    /// The type of an array's elements; nil for a scalar.
    var element: PostgresType? {
        switch self {
        case .boolArray: .bool
        case .bytesArray: .bytes
        case .int16Array: .int16
        case .int32Array: .int32
        case .textArray: .text
        case .varcharArray: .varchar
        case .int64Array: .int64
        case .timestampArray: .timestamp
        case .uuidArray: .uuid
        case .jsonbArray: .jsonb
        case .bool, .bytes, .int64, .int16, .int32, .text, .json, .bpchar, .varchar, .timestamp,
            .uuid, .jsonb:
            nil
        }
    }

    var isText: Bool {
        self == .text || self == .varchar || self == .bpchar || self == .json || self == .jsonb
    }
}
