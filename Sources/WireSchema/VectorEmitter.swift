// SPDX-License-Identifier: MIT

/// Writes one golden frame for each message: its bytes, and the values that they stand for.
struct VectorEmitter {
    let schema: Schema
    /// CRC32C of the body; passed in, so that this target needs nothing.
    let checksum: ([UInt8]) -> UInt32

    static let directory = "protocol/vectors/"
    private static let trace: (high: UInt64, low: UInt64) =
        (0x0192_F5C3_7A10_7B3C, 0x9D2E_5F4A_3B2C_1D0E)

    func files() -> [GeneratedFile] {
        schema.messages.map { message in
            let name = message.name.lowercased().replacing("_", with: "-")
            return GeneratedFile(path: Self.directory + name + ".json", text: vector(message))
        }
    }

    private func vector(_ message: Schema.Message) -> String {
        let fields = values(message.fields, depth: 0)
        let body = fields.flatMap { $0.value.encoded }
        let header = self.header(message, body: body)
        let frame = header.flatMap { $0.value.encoded } + body
        return """
            {
              "message": "\(message.name)",
              "header": \(SampleValue.json(header, indent: "  ")),
              "fields": \(SampleValue.json(fields, indent: "  ")),
              "frame": [
            \(lines(frame))
              ]
            }

            """
    }

    private func header(
        _ message: Schema.Message, body: [UInt8]
    ) -> [(name: String, value: SampleValue)] {
        let flags: UInt64 =
            switch message.kind {
            case "response": 2
            case "push": 4
            default: 0
            }
        let isRequest = message.kind == "request"
        let isCorrelated = isRequest || message.kind == "response"
        let opcode = UInt64(message.opcode.dropFirst(2), radix: 16) ?? 0
        return [
            ("length", .integer(UInt64(36 + body.count), byteCount: 4)),
            ("version", .integer(1, byteCount: 1)),
            ("flags", .integer(flags, byteCount: 1)),
            ("opcode", .integer(opcode, byteCount: 2)),
            ("deadline_ms", .integer(isRequest ? 5000 : 0, byteCount: 4)),
            ("correlation", .integer(isCorrelated ? 0x1122_3344_5566 : 0, byteCount: 8)),
            ("trace_high", .integer(Self.trace.high, byteCount: 8)),
            ("trace_low", .integer(Self.trace.low, byteCount: 8)),
            ("checksum", .integer(UInt64(checksum(body)), byteCount: 4)),
        ]
    }

    // MARK: - Values

    private func values(
        _ fields: [Schema.Field], depth: Int
    ) -> [(name: String, value: SampleValue)] {
        fields.enumerated().map { index, field in
            guard let type = FieldType(field.type, in: schema) else {
                preconditionFailure("a checked schema has no unknown types")
            }
            return (field.name, value(type, of: field.name, seed: UInt64(index + depth * 16)))
        }
    }

    private func value(_ type: FieldType, of field: String, seed: UInt64) -> SampleValue {
        switch type {
        case .integer("i64"): return .signed(1999 + Int64(seed))
        case .integer(let name): return integer(name, of: field, seed: seed)
        case .bool: return .bool(seed % 2 == 1)
        case .uuid:
            return .uuid(high: Self.trace.high &+ seed, low: Self.trace.low &- seed)
        case .string: return .string(Self.texts[field] ?? field)
        case .text: return .string(Self.texts[field] ?? "\(field): für Menschen")
        case .bytes: return .bytes(Array("{\"order\":\(seed)}".utf8))
        case .enumeration(let name): return enumeration(name)
        case .structure(let name): return structure(name, depth: 1)
        case .list(let element):
            return .list((0..<2).map { value(element, of: field, seed: seed + UInt64($0)) })
        }
    }

    private func integer(_ type: String, of field: String, seed: UInt64) -> SampleValue {
        let byteCount = (Int(type.dropFirst()) ?? 8) / 8
        if field == "magic" { return .integer(0x4853_4D4F, byteCount: byteCount) }
        if field.hasPrefix("version") { return .integer(1, byteCount: byteCount) }
        let pattern: UInt64 = 0x0807_0605_0403_0201 &+ seed
        let kept = byteCount == 8 ? pattern : pattern & ((1 << UInt64(byteCount * 8)) - 1)
        return .integer(kept, byteCount: byteCount)
    }

    private func enumeration(_ name: String) -> SampleValue {
        let last = schema.enums.first { $0.name == name }?.cases.last
        return .enumeration(name: last?.name ?? "", value: last?.value ?? 0)
    }

    private func structure(_ name: String, depth: Int) -> SampleValue {
        let fields = schema.structs.first { $0.name == name }?.fields ?? []
        return .structure(values(fields, depth: depth))
    }

    private static let texts = [
        "queue": "payment", "tenant": "acme", "customer": "cust-123", "currency": "USD",
        "product": "PROD-001", "idempotency_key": "idem-123", "status": "charged",
        "stage": "payment",
    ]

    /// Sixteen bytes a line, quoted.
    private func lines(_ bytes: [UInt8]) -> String {
        stride(from: 0, to: bytes.count, by: 16).map { start in
            let row = bytes[start..<min(start + 16, bytes.count)]
            return "    \"" + row.map(SampleValue.hex).joined(separator: " ") + "\""
        }.joined(separator: ",\n")
    }
}
