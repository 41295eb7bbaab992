// SPDX-License-Identifier: MIT
package import Foundation

/// The protocol as data: `protocol/schema/messages.json`, from which codecs and tables are made.
package struct Schema: Codable, Sendable {
    /// A closed set of values, one byte on the wire.
    package struct Enumeration: Codable, Sendable {
        /// One value.
        package struct Case: Codable, Sendable {
            package let name: String
            package let value: UInt8
            package let doc: String
        }
        package let name: String
        package let doc: String
        package let cases: [Case]
    }

    /// One field; the order of fields is their order on the wire.
    package struct Field: Codable, Sendable {
        package let name: String
        /// `u8 u16 u32 u64 i64 bool uuid string text bytes`, an enumeration, a structure, `list<T>`.
        package let type: String
        package let doc: String
        /// Most bytes of a string, text or bytes; most elements of a list.
        package let max: Int?
        /// `ms` for milliseconds.
        package let unit: String?
    }

    /// Fields that occur within messages; on the wire its length in bytes (u32) goes before it.
    package struct Structure: Codable, Sendable {
        package let name: String
        package let doc: String
        package let fields: [Field]
    }

    /// The body of one frame.
    package struct Message: Codable, Sendable {
        package let name: String
        package let opcode: String
        package let from: String
        package let kind: String
        package let doc: String
        package let fields: [Field]
        package let reply: String?
        package let service: String
        /// The name in Swift, where the usual one is taken.
        package let swift: String?
    }

    /// One entry of the registry of errors.
    package struct Failure: Codable, Sendable {
        package let name: String
        package let code: UInt16
        package let fatal: Bool
        package let effect: String
        package let doc: String
    }

    /// One entry of the registry of limits.
    package struct Limit: Codable, Sendable {
        package let name: String
        package let value: Int
        package let doc: String
    }

    package let `protocol`: String
    package let version: Int
    package let enums: [Enumeration]
    package let structs: [Structure]
    package let messages: [Message]
    package let errors: [Failure]
    package let limits: [Limit]

    /// Reads and checks a schema.
    ///
    /// - Throws: `SchemaError` naming the first contradiction, or what `JSONDecoder` found.
    package static func decode(_ json: Data) throws -> Schema {
        let schema = try JSONDecoder().decode(Schema.self, from: json)
        try schema.check()
        return schema
    }
}
