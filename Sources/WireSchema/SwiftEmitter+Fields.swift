// SPDX-License-Identifier: MIT

extension SwiftEmitter {
    /// The call on `WireReader` that reads `field`.
    func read(_ field: Schema.Field) -> String {
        let label = "\"\(field.name)\""
        let max = field.max ?? 0
        switch type(field) {
        case .integer: return "readInteger(\(label))"
        case .bool: return "readBool(\(label))"
        case .uuid: return "readID(\(label))"
        case .string, .text: return "readString(\(label), max: \(max))"
        case .bytes: return "readBytes(\(label), max: \(max))"
        case .enumeration: return "readEnumeration(\(label))"
        case .structure: return "readStructure(\(label))"
        case .list(let element): return readList(element, label, max: max)
        }
    }

    private func readList(_ element: FieldType, _ label: String, max: Int) -> String {
        switch element {
        case .integer: "readIntegers(\(label), max: \(max))"
        case .bool: "readBools(\(label), max: \(max))"
        case .uuid: "readIDs(\(label), max: \(max))"
        case .enumeration: "readEnumerations(\(label), max: \(max))"
        case .structure: "readStructures(\(label), max: \(max))"
        case .string, .text, .bytes, .list:
            preconditionFailure("no list of \(element.swift) in this protocol")
        }
    }

    /// The call on `ByteBuffer` that writes `field`, held in `value`.
    func write(_ field: Schema.Field, _ value: String) -> String {
        let max = field.max ?? 0
        switch type(field) {
        case .integer: return "writeWireInteger(\(value))"
        case .bool: return "writeWireBool(\(value))"
        case .uuid: return "writeWireID(\(value))"
        case .string: return "writeWireString(\(value), max: \(max))"
        case .text: return "writeWireText(\(value), max: \(max))"
        case .bytes: return "writeWireBytes(\(value), max: \(max))"
        case .enumeration: return "writeWireInteger(\(value).rawValue)"
        case .structure: return "writeWireStructure(\(value))"
        case .list(let element): return writeList(element, value, max: max)
        }
    }

    private func writeList(_ element: FieldType, _ value: String, max: Int) -> String {
        switch element {
        case .integer: "writeWireIntegers(\(value), max: \(max))"
        case .bool: "writeWireBools(\(value), max: \(max))"
        case .uuid: "writeWireIDs(\(value), max: \(max))"
        case .enumeration: "writeWireEnumerations(\(value), max: \(max))"
        case .structure: "writeWireStructures(\(value), max: \(max))"
        case .string, .text, .bytes, .list:
            preconditionFailure("no list of \(element.swift) in this protocol")
        }
    }

    /// A doc comment, wrapped at 100 columns.
    func comment(_ text: String, indent: String) -> String {
        var lines: [String] = []
        var line = indent + "///"
        for word in text.split(separator: " ") {
            if line.count + 1 + word.count > 100 {
                lines.append(line)
                line = indent + "///"
            }
            line += " " + word
        }
        return (lines + [line]).joined(separator: "\n") + "\n"
    }
}
