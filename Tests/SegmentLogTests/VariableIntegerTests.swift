// SPDX-License-Identifier: MIT
import Testing

@testable import SegmentLog

@Suite struct VariableIntegerTests {
    private static let values: [UInt64] =
        [0, 1, 127, 128, 16_383, 16_384, .max, .max - 1, 1 << 63, (1 << 63) - 1]
        + (0..<64).map { 1 << $0 }

    private static func write(_ body: (inout RecordWriter) -> Void) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 64) { memory, count in
            var writer = RecordWriter(UnsafeMutableRawBufferPointer(memory))
            body(&writer)
            count = writer.offset
        }
    }

    @Test(arguments: values) func `a value is read back, and ends where it was ended`(
        _ value: UInt64
    ) throws {
        let bytes = Self.write { $0.write(variable: value) }
        try bytes.withUnsafeBytes { bytes in
            var reader = RecordReader(bytes)
            let read = try reader.readVariable()
            #expect(read == value)
            #expect(reader.remaining == 0)
        }
    }

    @Test(arguments: values) func `a difference is read back from the same base`(
        _ value: UInt64
    ) throws {
        for base in Self.values {
            let bytes = Self.write { $0.write(difference: value, from: base) }
            try bytes.withUnsafeBytes { bytes in
                var reader = RecordReader(bytes)
                let read = try reader.readDifference(from: base)
                #expect(read == value)
            }
        }
    }

    @Test func `small values of either sign take one byte`() {
        for base in UInt64(37)...164 {
            #expect(Self.write { $0.write(difference: 100, from: base) }.count == 1)
        }
        #expect(Self.write { $0.write(variable: 127) } == [127])
        #expect(Self.write { $0.write(variable: 300) } == [0xAC, 0x02])
        #expect(Self.write { $0.write(variable: .max) }.count == 10)
    }

    @Test func `what does not end is refused`() {
        for bytes in [
            [UInt8](), [0x80], [UInt8](repeating: 0x80, count: 10),
            [UInt8](repeating: 0xFF, count: 40),
        ] {
            bytes.withUnsafeBytes { bytes in
                var reader = RecordReader(bytes)
                #expect(throws: RecordReader.Truncated.self) { try reader.readVariable() }
            }
        }
    }
}
