// SPDX-License-Identifier: MIT

extension Schema {
    /// The types that need no declaration.
    static let primitives: Set<String> = [
        "u8", "u16", "u32", "u64", "i64", "bool", "uuid", "string", "text", "bytes",
    ]

    /// Refuses names used twice, types and replies that nobody declares, and lengths without bound.
    func check() throws(SchemaError) {
        let messageNames = messages.map { $0.swift ?? SwiftNames.type($0.name) }
        try refuseRepeats(in: enums.map(\.name) + structs.map(\.name) + messageNames)
        try refuseRepeats(in: messages.map(\.opcode))
        try refuseRepeats(in: errors.map(\.name))
        try refuseRepeats(in: errors.map { String($0.code) })
        try refuseRepeats(in: limits.map(\.name))
        for structure in structs { try check(structure.fields, in: structure.name) }
        for message in messages { try check(message) }
    }

    private func check(_ message: Message) throws(SchemaError) {
        guard message.opcode.hasPrefix("0x"), UInt16(message.opcode.dropFirst(2), radix: 16) != nil
        else { throw .badOpcode(message.opcode) }
        if let reply = message.reply, !messages.contains(where: { $0.name == reply }) {
            throw .unknownReply(reply, in: message.name)
        }
        try check(message.fields, in: message.name)
    }

    private func check(_ fields: [Field], in owner: String) throws(SchemaError) {
        try refuseRepeats(in: fields.map(\.name))
        for field in fields {
            let type = FieldType(field.type, in: self)
            guard let type else { throw .unknownType(field.type, in: owner) }
            if type.isBounded == false, field.max == nil {
                throw .missingMax(field.name, in: owner)
            }
        }
    }

    private func refuseRepeats(in names: [String]) throws(SchemaError) {
        var seen: Set<String> = []
        for name in names where !seen.insert(name).inserted { throw .twice(name) }
    }
}
