// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import WireSchema

/// What a decoded message holds, in the names of the schema: the members of a generated type stand in
/// the order of the schema's fields.
struct WireDescription {
    let schema: Schema

    func fields(of value: Any, _ fields: [Schema.Field]) -> JSONValue {
        let members = Mirror(reflecting: value).children.map(\.value)
        precondition(members.count == fields.count, "\(type(of: value)) differs from the schema")
        let pairs = zip(fields, members).map { field, member in
            (field.name, self.value(member, FieldType(field.type, in: schema)))
        }
        return .object(Dictionary(uniqueKeysWithValues: pairs))
    }

    private func value(_ value: Any, _ type: FieldType?) -> JSONValue {
        switch (type, value) {
        case (.integer?, let number as any FixedWidthInteger):
            Self.integer(number)
        case (.bool?, let bool as Bool):
            .bool(bool)
        case (.uuid?, let id as UniqueID):
            .string(id.description)
        case (.string?, let text as String), (.text?, let text as String):
            .string(text)
        case (.bytes?, let bytes as ByteBuffer):
            .string(bytes.readableBytesView.map(Self.hexadecimal).joined())
        case (.enumeration(let name)?, let byte as any RawRepresentable<UInt8>):
            .string(caseName(byte.rawValue, of: name))
        case (.structure(let name)?, _):
            fields(of: value, schema.structs.first { $0.name == name }?.fields ?? [])
        case (.list(let element)?, let values as [Any]):
            .array(values.map { self.value($0, element) })
        default:
            .null
        }
    }

    private static func integer(_ number: some FixedWidthInteger) -> JSONValue {
        number < 0 ? .signed(Int64(number)) : .unsigned(UInt64(number))
    }

    private func caseName(_ value: UInt8, of enumeration: String) -> String {
        let cases = schema.enums.first { $0.name == enumeration }?.cases ?? []
        return cases.first { $0.value == value }?.name ?? "?"
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}
