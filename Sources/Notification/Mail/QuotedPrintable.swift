// SPDX-License-Identifier: MIT

/// Text whose lines are short and ASCII on the way (RFC 2045, 6.7), and readable as it is where it is
/// ASCII anyway.
struct QuotedPrintable {
    private static let lineByteCountMax = 76
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// - Parameter text: lines ended by `\n`; they leave ended by CR LF.
    static func encoded(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            append(line, to: &bytes)
            bytes += "\r\n".utf8
        }
        return bytes
    }

    private static func append(_ line: Substring, to bytes: inout [UInt8]) {
        var width = 0
        let lineBytes = Array(line.utf8)
        for (index, byte) in lineBytes.enumerated() {
            let isLast = index == lineBytes.count - 1
            let isPlain =
                (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "=")
                || byte == 0x20 && !isLast
            let piece =
                isPlain
                ? [byte] : [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            // Room for the sign of a line that goes on.
            if width + piece.count >= lineByteCountMax {
                bytes += "=\r\n".utf8
                width = 0
            }
            bytes += piece
            width += piece.count
        }
    }
}
