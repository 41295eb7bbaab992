// SPDX-License-Identifier: MIT

/// Writes what everybody may do in AWS, for the command that makes policies of it.
struct IdentityEmitter {
    let policy: MeshPolicy

    static let path = "Sources/CloudAccess/Generated/CloudIdentity+All.swift"

    func file() -> GeneratedFile {
        var text = AccessEmitter.head
        text += "\nextension CloudIdentity {\n"
        text += "    /// Everybody with rights in AWS.\n"
        text += "    package static let all: [CloudIdentity] = [\n"
        text += policy.resolvedIdentities().map(identity).joined()
        text += "    ]\n}\n"
        return GeneratedFile(path: Self.path, text: text)
    }

    private func identity(_ identity: MeshPolicy.ResolvedIdentity) -> String {
        "        CloudIdentity(\n            name: \"\(identity.name)\",\n"
            + "            about: \"\(identity.about)\",\n            statements: [\n"
            + identity.statements.map(statement).joined() + "            ]),\n"
    }

    private func statement(_ statement: MeshPolicy.ResolvedStatement) -> String {
        "                CloudStatement(\n                    id: \"\(statement.id)\",\n"
            + "                    actions: \(list(statement.actions)),\n"
            + "                    resources: \(list(statement.resources)),\n"
            + "                    leadingKeys: \(list(statement.leadingKeys))),\n"
    }

    private func list(_ texts: [String]) -> String {
        guard !texts.isEmpty else { return "[]" }
        // As the formatter has it: a comma behind the last, unless it is the only one.
        guard texts.count > 1 else {
            return "[\n                        \"\(texts[0])\"\n                    ]"
        }
        let lines = texts.map { "                        \"\($0)\",\n" }.joined()
        return "[\n\(lines)                    ]"
    }
}
