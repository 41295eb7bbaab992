// SPDX-License-Identifier: MIT

/// A value in DynamoDB, of the types that the bridge stores.
///
/// Numbers travel as decimal text and keep 38 digits there: any `UInt64` is exact.
package enum AttributeValue: Hashable, Sendable {
    case string(String)
    case number(String)
    case bool(Bool)
    case list([AttributeValue])
    case map([String: AttributeValue])

    package static func number(_ value: some BinaryInteger) -> AttributeValue {
        .number(String(value))
    }

    package var string: String? {
        if case .string(let text) = self { return text }
        return nil
    }

    /// Nil when it is no number, or none that the type can hold.
    package func integer<Value: FixedWidthInteger>(_: Value.Type = Value.self) -> Value? {
        if case .number(let text) = self { return Value(text) }
        return nil
    }

    package var bool: Bool? {
        if case .bool(let value) = self { return value }
        return nil
    }

    package var list: [AttributeValue]? {
        if case .list(let values) = self { return values }
        return nil
    }

    package var map: DynamoDBItem? {
        if case .map(let values) = self { return values }
        return nil
    }
}

/// The attributes of one item, by name.
package typealias DynamoDBItem = [String: AttributeValue]

extension AttributeValue: Codable {
    private enum CodingKeys: String, CodingKey {
        case string = "S"
        case number = "N"
        case bool = "BOOL"
        case list = "L"
        case map = "M"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard container.allKeys.count == 1, let key = container.allKeys.first else {
            let context = DecodingError.Context(
                codingPath: decoder.codingPath, debugDescription: "not a type the bridge stores")
            throw DecodingError.dataCorrupted(context)
        }
        switch key {
        case .string: self = .string(try container.decode(String.self, forKey: key))
        case .number: self = .number(try container.decode(String.self, forKey: key))
        case .bool: self = .bool(try container.decode(Bool.self, forKey: key))
        case .list: self = .list(try container.decode([AttributeValue].self, forKey: key))
        case .map: self = .map(try container.decode(DynamoDBItem.self, forKey: key))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .string(let text): try container.encode(text, forKey: .string)
        case .number(let text): try container.encode(text, forKey: .number)
        case .bool(let value): try container.encode(value, forKey: .bool)
        case .list(let values): try container.encode(values, forKey: .list)
        case .map(let values): try container.encode(values, forKey: .map)
        }
    }
}
