// SPDX-License-Identifier: MIT
import Foundation
import Testing
import WireSchema

@Suite struct SchemaTests {
    private func schema(messages: String, structs: String = "[]") -> Data {
        Data(
            """
            {"protocol": "test", "version": 1, "enums": [], "structs": \(structs),
             "messages": \(messages), "errors": [], "limits": []}
            """.utf8)
    }

    private func message(_ name: String, opcode: String = "0x0001", fields: String) -> String {
        """
        {"name": "\(name)", "opcode": "\(opcode)", "from": "client", "kind": "request",
         "doc": "d", "service": "s", "fields": [\(fields)]}
        """
    }

    @Test func `a type that nobody declares is refused`() {
        let fields = #"{"name": "a", "type": "u7", "doc": "d"}"#
        #expect(throws: SchemaError.unknownType("u7", in: "A")) {
            try Schema.decode(schema(messages: "[\(message("A", fields: fields))]"))
        }
    }

    @Test func `a string without a bound is refused`() {
        let fields = #"{"name": "a", "type": "string", "doc": "d"}"#
        #expect(throws: SchemaError.missingMax("a", in: "A")) {
            try Schema.decode(schema(messages: "[\(message("A", fields: fields))]"))
        }
    }

    @Test func `two messages with one opcode are refused`() {
        let both = [message("A", fields: ""), message("B", fields: "")].joined(separator: ",")
        #expect(throws: SchemaError.twice("0x0001")) {
            try Schema.decode(schema(messages: "[\(both)]"))
        }
    }

    @Test func `a message that would take a structure's name in Swift is refused`() {
        let structure = #"{"name": "TakeIt", "doc": "d", "fields": []}"#
        #expect(throws: SchemaError.twice("TakeIt")) {
            try Schema.decode(
                schema(
                    messages: "[\(message("TAKE_IT", fields: ""))]", structs: "[\(structure)]"))
        }
    }
}
