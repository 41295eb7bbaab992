// SPDX-License-Identifier: MIT

/// The path of an object, encoded once, as S3 signs it.
enum S3Path {
    static func path(bucket: String, key: String) -> String {
        var path: [UInt8] = [UInt8(ascii: "/")]
        path.append(contentsOf: bucket.utf8)
        if key.isEmpty { return String(decoding: path, as: UTF8.self) }
        path.append(UInt8(ascii: "/"))
        for byte in key.utf8 {
            if isUnreserved(byte) || byte == UInt8(ascii: "/") {
                path.append(byte)
            } else {
                path.append(UInt8(ascii: "%"))
                path.append(digits[Int(byte >> 4)])
                path.append(digits[Int(byte & 0xF)])
            }
        }
        return String(decoding: path, as: UTF8.self)
    }

    private static let digits = Array("0123456789ABCDEF".utf8)

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default:
            false
        }
    }
}
