// SPDX-License-Identifier: MIT
import Checksum
import Testing

@Suite struct CRC32CTests {
    /// The examples of RFC 3720, appendix B.4, and the usual check value.
    static let examples: [([UInt8], UInt32)] = [
        (Array("123456789".utf8), 0xE306_9283),
        ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
        ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
        ([UInt8](0..<32), 0x46DD_794E),
        ([UInt8]((0..<32).reversed()), 0x113F_DB5C),
        ([], 0),
    ]

    @Test(arguments: examples)
    func `it gives the sums of RFC 3720`(bytes: [UInt8], sum: UInt32) {
        #expect(CRC32C.checksum(bytes) == sum)
        #expect(bytes.withUnsafeBytes { CRC32C.updatePortably(0, $0) } == sum)
    }

    @Test func `a sum taken in pieces is the sum of the whole`() {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let whole = CRC32C.checksum(bytes)
        for cut in [0, 1, 7, 8, 9, 500, 999, 1000] {
            let first = CRC32C.checksum(Array(bytes[..<cut]))
            let both = Array(bytes[cut...]).withUnsafeBytes { CRC32C.update(first, $0) }
            #expect(both == whole)
        }
    }
}
