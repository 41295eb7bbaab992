// SPDX-License-Identifier: MIT
import FrameCompression
import NIOCore
import Orders
import Testing
import Wire
import WireSchema

/// `Sources/Wire` against the golden frames.
@Suite struct VectorTests {
    // [F-9]: some of them hold bytes of a later version, which are skipped.
    @Test(arguments: Vector.good)
    func `a golden frame says what is written beside it`(vector: Vector) throws {
        let (frame, plain) = try Self.open(vector.bytes)
        let schema = try ProtocolFiles.schema()
        let type = try #require(Opcode(rawValue: frame.header.opcode)).messageType
        let message = try #require(
            schema.messages.first { $0.name == vector.expected["message"]?.text })
        #expect(UInt16(message.opcode.dropFirst(2), radix: 16) == frame.header.opcode)
        #expect(Self.describe(frame.header) == vector.expected["header"])
        let fields = WireDescription(schema: schema).fields(
            of: try type.init(body: plain), message.fields)
        #expect(fields == vector.expected["fields"])
    }

    @Test(arguments: Vector.good)
    func `a golden frame is written again byte for byte`(vector: Vector) throws {
        let (frame, plain) = try Self.open(vector.bytes)
        let type = try #require(Opcode(rawValue: frame.header.opcode)).messageType
        var again = ByteBuffer()
        Self.write(try type.init(body: plain), frame.header, to: &again)
        if frame.header.flags.contains(.compressed) {
            // Compressors differ: the plain body is what must be the same.
            #expect(try Self.body(again) == plain)
        } else if vector.expected["same_again"] == .bool(false) {
            #expect(again.readableBytes < vector.bytes.readableBytes)
        } else if vector.expected["skipped"] != .string("") {
            let known = try Self.body(again)
            #expect(plain.readableBytesView.starts(with: known.readableBytesView))
        } else {
            #expect(again == vector.bytes)
        }
    }

    @Test(arguments: Vector.refused)
    func `a bad frame is refused with the error written beside it`(vector: Vector) throws {
        let code = try #require(try Self.refusal(of: vector.bytes))
        let known = try ProtocolFiles.schema().errors.first { $0.code == code.rawValue }
        #expect(known?.name == vector.refusal)
    }

    @Test func `every message has a golden frame`() throws {
        let shown = Set(Vector.good.compactMap { $0.expected["message"]?.text })
        let names = try ProtocolFiles.schema().messages.map(\.name)
        #expect(names.filter { !shown.contains($0) } == [])
    }

    // MARK: - Frames

    private static func open(_ bytes: ByteBuffer) throws -> (Frame, plain: ByteBuffer) {
        var bytes = bytes
        let max = WireLimits.frameByteCountMax
        let frame = try #require(try Frame.next(from: &bytes, byteCountMax: max))
        #expect(bytes.readableBytes == 0)
        return (frame, try FrameDecompressor.plainBody(of: frame, plainByteCountMax: max))
    }

    private static func body(_ bytes: ByteBuffer) throws -> ByteBuffer { try open(bytes).plain }

    private static func write(
        _ message: some WireMessage, _ header: FrameHeader, to buffer: inout ByteBuffer
    ) {
        var header = header
        header.flags.remove(.compressed)
        Frame.append(message, header: header, to: &buffer)
    }

    private static func describe(_ header: FrameHeader) -> JSONValue {
        .object([
            "version": .unsigned(UInt64(FrameHeader.version)),
            "flags": .unsigned(UInt64(header.flags.rawValue)),
            "opcode": .unsigned(UInt64(header.opcode)),
            "deadline_ms": .unsigned(UInt64(header.deadlineMilliseconds)),
            "correlation": .unsigned(header.correlation),
            "trace": .string(header.trace.description),
            "checksum": .unsigned(UInt64(header.checksum)),
        ])
    }

    /// The error of a frame; nil when there is none.
    private static func refusal(of bytes: ByteBuffer) throws -> WireErrorCode? {
        do {
            let (frame, plain) = try open(bytes)
            guard let opcode = Opcode(rawValue: frame.header.opcode) else { return .unknownOpcode }
            _ = try opcode.messageType.init(body: plain)
            return nil
        } catch let error as FrameError {
            return error.code
        } catch is WireError {
            return .badMessage
        }
    }
}
