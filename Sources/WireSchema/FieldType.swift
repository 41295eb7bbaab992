// SPDX-License-Identifier: MIT

/// A field's type, resolved against the declarations of a schema.
package indirect enum FieldType: Equatable, Sendable {
    case integer(String)
    case bool
    case uuid
    case string
    case text
    case bytes
    case enumeration(String)
    case structure(String)
    case list(FieldType)

    package init?(_ name: String, in schema: Schema) {
        switch name {
        case "u8", "u16", "u32", "u64", "i64": self = .integer(name)
        case "bool": self = .bool
        case "uuid": self = .uuid
        case "string": self = .string
        case "text": self = .text
        case "bytes": self = .bytes
        default: self.init(declared: name, in: schema)
        }
    }

    private init?(declared name: String, in schema: Schema) {
        if name.hasPrefix("list<"), name.hasSuffix(">") {
            guard let element = FieldType(String(name.dropFirst(5).dropLast()), in: schema)
            else { return nil }
            self = .list(element)
        } else if schema.enums.contains(where: { $0.name == name }) {
            self = .enumeration(name)
        } else if schema.structs.contains(where: { $0.name == name }) {
            self = .structure(name)
        } else {
            return nil
        }
    }

    /// Whether the type itself limits the length; others need a `max`.
    var isBounded: Bool {
        switch self {
        case .string, .text, .bytes, .list: false
        case .integer, .bool, .uuid, .enumeration, .structure: true
        }
    }

    /// The type in Swift.
    var swift: String {
        switch self {
        case .integer("i64"): "Int64"
        case .integer(let name): "UInt" + name.dropFirst()
        case .bool: "Bool"
        case .uuid: "UniqueID"
        case .string, .text: "String"
        case .bytes: "ByteBuffer"
        case .enumeration(let name), .structure(let name): name
        case .list(let element): "[\(element.swift)]"
        }
    }

    /// Fewest bytes on the wire: what bounds a list's count by the bytes that are there.
    var byteCountMin: Int {
        switch self {
        case .integer(let name): (Int(name.dropFirst()) ?? 8) / 8
        case .bool, .enumeration: 1
        case .uuid: 16
        case .string, .text: 2
        case .bytes, .structure, .list: 4
        }
    }

    /// Whether each value takes the same number of bytes, `byteCountMin`.
    var isScalar: Bool {
        switch self {
        case .integer, .bool, .uuid, .enumeration: true
        case .string, .text, .bytes, .structure, .list: false
        }
    }

    /// The size column of the reference tables.
    var sizeText: String {
        switch self {
        case .string, .text: "2 + n"
        case .bytes, .structure: "4 + n"
        case .list: "4 + …"
        default: String(byteCountMin)
        }
    }
}
