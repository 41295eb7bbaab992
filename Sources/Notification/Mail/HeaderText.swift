// SPDX-License-Identifier: MIT
import FoundationEssentials

/// Free text as the value of a header: as it is when it is printable ASCII, else in encoded words
/// (RFC 2047), so that nothing in it can end the line.
struct HeaderText: CustomStringConvertible {
    let description: String

    /// An encoded word has at most 75 characters, 12 of them around the base64 of 45 bytes.
    private static let wordByteCountMax = 45
    private static let plainByteCountMax = 900

    init(_ text: String) {
        let isPlain =
            text.utf8.count <= Self.plainByteCountMax && !text.contains("=?")
            && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
        description = isPlain ? text : Self.words(text)
    }

    private static func words(_ text: String) -> String {
        var words: [[UInt8]] = [[]]
        // No character is cut in two.
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if words[words.count - 1].count + bytes.count > wordByteCountMax { words.append([]) }
            words[words.count - 1] += bytes
        }
        return words.map { "=?utf-8?B?\(Data($0).base64EncodedString())?=" }
            .joined(separator: "\r\n ")
    }
}
