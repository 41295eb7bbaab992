// SPDX-License-Identifier: MIT

import Logging

/// One JSON object on one line, built field by field.
struct JSONLine {
    private var bytes: [UInt8]

    init() {
        bytes = []
        // A line about a step of an order has some 400.
        bytes.reserveCapacity(512)
        bytes.append(UInt8(ascii: "{"))
    }

    /// The object closed, with a line feed.
    consuming func closed() -> [UInt8] {
        bytes.append(UInt8(ascii: "}"))
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    mutating func add(_ key: String, _ text: String) {
        name(key)
        append(text)
    }

    mutating func add(_ key: String, _ value: Logger.MetadataValue) {
        name(key)
        append(value)
    }

    private mutating func name(_ key: String) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        append(key)
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func append(_ value: Logger.MetadataValue) {
        switch value {
        case .string(let text): append(text)
        // Before the next one, whose cast costs a search.
        case .stringConvertible(let number as Int):
            bytes.append(contentsOf: String(number).utf8)
        case .stringConvertible(let number as UInt32):
            bytes.append(contentsOf: String(number).utf8)
        case .stringConvertible(let number as any FixedWidthInteger):
            bytes.append(contentsOf: String(describing: number).utf8)
        case .stringConvertible(let flag as Bool): bytes.append(contentsOf: String(flag).utf8)
        case .stringConvertible(let other): append(other.description)
        case .array(let values):
            bytes.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                append(value)
            }
            bytes.append(UInt8(ascii: "]"))
        case .dictionary(let values):
            var inner = JSONLine()
            for (key, value) in values.sorted(by: { $0.key < $1.key }) { inner.add(key, value) }
            bytes.append(contentsOf: inner.closed().dropLast())
        }
    }

    private mutating func append(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        if text.utf8.contains(where: Self.isEscaped) {
            for byte in text.utf8 { escape(byte) }
        } else {
            bytes.append(contentsOf: text.utf8)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func isEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): bytes.append(contentsOf: #"\""#.utf8)
        case UInt8(ascii: "\\"): bytes.append(contentsOf: #"\\"#.utf8)
        case UInt8(ascii: "\n"): bytes.append(contentsOf: #"\n"#.utf8)
        case UInt8(ascii: "\r"): bytes.append(contentsOf: #"\r"#.utf8)
        case UInt8(ascii: "\t"): bytes.append(contentsOf: #"\t"#.utf8)
        case 0..<0x20, 0x7F:
            let hex = String(byte, radix: 16)
            bytes.append(contentsOf: (byte < 16 ? "\\u000" : "\\u00").utf8)
            bytes.append(contentsOf: hex.utf8)
        default: bytes.append(byte)
        }
    }
}
