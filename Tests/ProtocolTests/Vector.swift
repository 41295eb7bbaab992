// SPDX-License-Identifier: MIT
import Foundation
import NIOCore
import Testing

/// A golden frame of `protocol/vectors`: its bytes, and what they say.
struct Vector: Sendable, CustomTestStringConvertible {
    let name: String
    let path: String
    let bytes: ByteBuffer
    let expected: JSONValue

    /// The error with which the frame is refused; nil for a good one.
    var refusal: String? { expected["refused"]?.text }

    var testDescription: String { name }

    static let all = read().sorted { $0.name < $1.name }
    static let good = all.filter { $0.refusal == nil }
    static let refused = all.filter { $0.refusal != nil }

    private static func read() -> [Vector] {
        let top = ProtocolFiles.vectors
        let names = FileManager.default.enumerator(atPath: top.path)?.compactMap { $0 as? String }
        return (names ?? []).filter { $0.hasSuffix(".hex") }.compactMap { name in
            let file = top.appending(path: name)
            let json = file.deletingPathExtension().appendingPathExtension("json")
            guard let text = try? String(contentsOf: file, encoding: .utf8),
                let bytes = bytes(of: text),
                let data = try? Data(contentsOf: json),
                let expected = try? JSONDecoder().decode(JSONValue.self, from: data)
            else { preconditionFailure("\(name) or its .json cannot be read") }
            return Vector(name: name, path: file.path, bytes: bytes, expected: expected)
        }
    }

    /// The bytes of hexadecimal text with notes behind `#`; nil when a digit is none.
    private static func bytes(of text: String) -> ByteBuffer? {
        var bytes = ByteBuffer()
        for line in text.split(separator: "\n") {
            let code = line.prefix { $0 != "#" }
            for pair in code.split(separator: " ") {
                guard let byte = UInt8(pair, radix: 16) else { return nil }
                bytes.writeInteger(byte)
            }
        }
        return bytes
    }
}
