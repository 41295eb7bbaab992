// SPDX-License-Identifier: MIT

/// Writes the reference tables under `protocol/`.
struct ReferenceEmitter {
    let schema: Schema

    private static let head = "<!-- Generated from schema/messages.json: change that. -->\n\n"

    func files() -> [GeneratedFile] {
        [
            GeneratedFile(path: "protocol/reference.md", text: Self.head + reference()),
            GeneratedFile(path: "protocol/errors.md", text: Self.head + errors()),
            GeneratedFile(path: "protocol/limits.md", text: Self.head + limits()),
        ]
    }

    // MARK: - Messages

    private func reference() -> String {
        var text = """
            # Messages

            Types are those of [framing.md](framing.md), section 4. A structure stands behind its
            length (`u32`); what follows the known fields within that length, or behind the last field
            of a message, is skipped.

            | opcode | message | sent by | kind | what |
            |--:|---|---|---|---|

            """
        for message in schema.messages {
            let link = "[\(message.name)](#\(message.name.lowercased()))"
            let kind = message.kind.replacing("_", with: "-")
            text +=
                "| \(message.opcode) | \(link) | \(message.from) | \(kind) | \(message.doc) |\n"
        }
        text += schema.messages.map(section).joined()
        text += "\n# Structures\n" + schema.structs.map(section).joined()
        text += "\n# Enumerations\n" + schema.enums.map(section).joined()
        return text
    }

    private func section(_ message: Schema.Message) -> String {
        let reply = message.reply.map { " Answer: [\($0)](#\($0.lowercased())), or ERROR." } ?? ""
        let kind = message.kind.replacing("_", with: "-")
        return "\n## \(message.name)\n\n\(message.opcode), \(kind) from \(message.from). "
            + "\(message.doc)\(reply)\n\n" + table(message.fields)
    }

    private func section(_ structure: Schema.Structure) -> String {
        "\n## \(structure.name)\n\n\(structure.doc)\n\n" + table(structure.fields)
    }

    private func section(_ enumeration: Schema.Enumeration) -> String {
        "\n## \(enumeration.name)\n\n\(enumeration.doc) One byte.\n\n"
            + "| value | name | what |\n"
            + "|--:|---|---|\n"
            + enumeration.cases.map { "| \($0.value) | `\($0.name)` | \($0.doc) |\n" }.joined()
    }

    private func table(_ fields: [Schema.Field]) -> String {
        guard !fields.isEmpty else { return "No fields.\n" }
        return "| size | type | field | at most | what |\n|--:|---|---|--:|---|\n"
            + fields.map(row).joined()
    }

    private func row(_ field: Schema.Field) -> String {
        let size = FieldType(field.type, in: schema)?.sizeText ?? ""
        let max = field.max.map(String.init) ?? ""
        let unit = field.unit.map { " (\($0))" } ?? ""
        return "| \(size) | \(field.type) | `\(field.name)` | \(max) | \(field.doc)\(unit) |\n"
    }

    // MARK: - Registries

    private func errors() -> String {
        """
        # Errors

        A fatal error is answered and the session closed; any other answers one request. The effect
        says whether what was asked may have happened all the same; ERROR carries it, because one
        code can come with either.

        | code | name | fatal | effect unless said otherwise | what |
        |--:|---|---|---|---|

        """
            + schema.errors.map { failure in
                "| \(failure.code) | `\(failure.name)` | \(failure.fatal ? "yes" : "no") "
                    + "| `\(failure.effect)` | \(failure.doc) |\n"
            }.joined()
    }

    private func limits() -> String {
        """
        # Limits

        Checked before anything is allocated. Limits of single fields stand in
        [reference.md](reference.md).

        | limit | value | what |
        |---|--:|---|

        """ + schema.limits.map { "| `\($0.name)` | \($0.value) | \($0.doc) |\n" }.joined()
    }
}
