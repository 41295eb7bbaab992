// SPDX-License-Identifier: MIT

extension SwiftEmitter {
    func enumeration(_ enumeration: Schema.Enumeration) -> String {
        var text = "\n" + comment(enumeration.doc, indent: "")
        text += "package enum \(enumeration.name): UInt8, CaseIterable, Sendable {\n"
        for value in enumeration.cases {
            text += comment(value.doc, indent: "    ")
            text += "    case \(SwiftNames.member(value.name)) = \(value.value)\n"
        }
        return text + "}\n"
    }

    func opcodes() -> String {
        var text = "\n/// What a frame's body is.\n"
        text += "package enum Opcode: UInt16, CaseIterable, Sendable {\n"
        for message in schema.messages {
            text += comment(message.name + ": " + message.doc, indent: "    ")
            text += "    case \(SwiftNames.member(message.name)) = \(message.opcode)\n"
        }
        text += "\n    /// The form of the body.\n"
        text += "    package var messageType: any WireMessage.Type {\n        switch self {\n"
        for message in schema.messages {
            let name = SwiftNames.member(message.name)
            text += "        case .\(name): \(swiftName(message)).self\n"
        }
        return text + "        }\n    }\n}\n"
    }

    func errorCodes() -> String {
        var text = "\n/// The registry of errors: `protocol/errors.md`.\n"
        text += "package enum WireErrorCode: UInt16, CaseIterable, Sendable {\n"
        for failure in schema.errors {
            text += comment(failure.doc, indent: "    ")
            text += "    case \(SwiftNames.member(failure.name)) = \(failure.code)\n"
        }
        let fatal = schema.errors.filter(\.fatal).map { ".\(SwiftNames.member($0.name))" }
        let maybe = schema.errors.filter { $0.effect == "maybe_applied" }
            .map { ".\(SwiftNames.member($0.name))" }
        text += "\n    /// The name in `protocol/errors.md`.\n"
        text += "    package var name: String {\n        switch self {\n"
        for failure in schema.errors {
            text += "        case .\(SwiftNames.member(failure.name)): \"\(failure.name)\"\n"
        }
        text += "        }\n    }\n"
        text += "\n    /// Whether the session is closed after it.\n"
        text += property("isFatal", "Bool", cases: fatal, then: "true", otherwise: "false")
        text += "\n    /// Whether the request may have been applied, unless the reply says more.\n"
        text += property(
            "effect", "Effect", cases: maybe, then: ".maybeApplied", otherwise: ".notApplied")
        return text + "}\n"
    }

    private func property(
        _ name: String, _ type: String, cases: [String], then: String, otherwise: String
    ) -> String {
        """
            package var \(name): \(type) {
                switch self {
                case \(cases.joined(separator: ",\n            ")):
                    \(then)
                default: \(otherwise)
                }
            }

        """
    }

    func limits() -> String {
        var text = "\n/// The registry of limits: `protocol/limits.md`.\n"
        text += "package enum WireLimits {\n"
        for limit in schema.limits {
            text += comment(limit.doc, indent: "    ")
            let name = SwiftNames.member(limit.name)
            text += "    package static let \(name) = \(limit.value)\n"
        }
        return text + "}\n"
    }
}
