// SPDX-License-Identifier: MIT
import Foundation
import FrameCompression
import NIOCore
import Testing
import Wire

/// The generated codecs against the golden frames, which another encoder wrote.
@Suite struct VectorTests {
    struct Vector: Decodable {
        let message: String
        let frame: [String]

        var bytes: ByteBuffer {
            let digits = frame.joined(separator: " ").split(separator: " ")
            return ByteBuffer(bytes: digits.compactMap { UInt8($0, radix: 16) })
        }
    }

    static let directory = GeneratedFilesTests.top.appending(path: "protocol/vectors")

    static func vector(_ name: String) throws -> Vector {
        let file = directory.appending(path: name)
        return try JSONDecoder().decode(Vector.self, from: Data(contentsOf: file))
    }

    static var names: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: directory.path)
                .filter { $0.hasSuffix(".json") }.sorted()
        }
    }

    @Test func `every golden frame is decoded, and encoded again to the same bytes`() throws {
        let names = try Self.names
        #expect(names.count >= Opcode.allCases.count)
        for name in names {
            var input = try Self.vector(name).bytes
            let golden = input
            let frame = try #require(try Frame.next(from: &input, byteCountMax: 1 << 24))
            let plain = try FrameDecompressor.plainBody(of: frame, plainByteCountMax: 1 << 24)
            let opcode = try #require(Opcode(rawValue: frame.header.opcode))
            let message = try opcode.messageType.init(body: plain)
            guard !frame.header.flags.contains(.compressed) else { continue }
            #expect(Self.encoded(message, header: frame.header) == golden, "\(name)")
        }
    }

    private static func encoded(_ message: some WireMessage, header: FrameHeader) -> ByteBuffer {
        var buffer = ByteBuffer()
        Frame.append(message, header: header, to: &buffer)
        return buffer
    }
}
