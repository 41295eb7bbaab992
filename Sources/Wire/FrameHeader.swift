// SPDX-License-Identifier: MIT
import Checksum
package import NIOCore
package import Orders

/// The fixed part of a frame, behind its length: `protocol/framing.md`, section 2.
package struct FrameHeader: Equatable, Sendable {
    /// The one version of framing; HELLO negotiates the version of what frames mean.
    package static let version: UInt8 = 1
    package static let byteCount = WireLimits.frameHeaderByteCount
    package static let lengthByteCount = 4

    package var flags: FrameFlags
    package var opcode: UInt16
    /// What is left of the time for the answer; 0: no limit.
    package var deadlineMilliseconds: UInt32
    /// Chosen by who asks; the answer carries it back. 0 in pushes and one-way frames.
    package var correlation: UInt64
    /// The order's correlation id through all stages and logs; zero: none.
    package var trace: UniqueID
    /// CRC32C of the plain body.
    package var checksum: UInt32

    package init(
        flags: FrameFlags = [], opcode: UInt16, deadlineMilliseconds: UInt32 = 0,
        correlation: UInt64, trace: UniqueID = .zero, checksum: UInt32 = 0
    ) {
        self.flags = flags
        self.opcode = opcode
        self.deadlineMilliseconds = deadlineMilliseconds
        self.correlation = correlation
        self.trace = trace
        self.checksum = checksum
    }

    /// Reads the header; `buffer` holds one whole frame without its length.
    init(from buffer: inout ByteBuffer) throws(FrameError) {
        guard
            let (version, rawFlags, opcode, deadline, correlation, high, low, checksum) =
                buffer.readMultipleIntegers(
                    endianness: .little,
                    as: (UInt8, UInt8, UInt16, UInt32, UInt64, UInt64, UInt64, UInt32).self)
        else { throw .tooShort(byteCount: buffer.readableBytes) }
        guard version == Self.version else { throw .unknownVersion(version) }
        let flags = FrameFlags(rawValue: rawFlags)
        guard flags.isSubset(of: .known) else { throw .unknownFlags(rawFlags) }
        self.init(
            flags: flags, opcode: opcode, deadlineMilliseconds: deadline,
            correlation: correlation, trace: UniqueID(high: high, low: low), checksum: checksum)
    }

    /// Writes the header, and before it room for the frame's length, with one look at the buffer:
    /// each of its single writes would look whether the memory is shared. `seal` fills the rest in.
    func write(behindLengthIn buffer: inout ByteBuffer) {
        let byteCount = Self.lengthByteCount + Self.byteCount
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: byteCount) { bytes in
            bytes.storeBytes(of: 0, toByteOffset: 0, as: UInt32.self)
            bytes.storeBytes(of: Self.version, toByteOffset: 4, as: UInt8.self)
            bytes.storeBytes(of: flags.rawValue, toByteOffset: 5, as: UInt8.self)
            bytes.storeBytes(of: opcode.littleEndian, toByteOffset: 6, as: UInt16.self)
            bytes.storeBytes(
                of: deadlineMilliseconds.littleEndian, toByteOffset: 8, as: UInt32.self)
            bytes.storeBytes(of: correlation.littleEndian, toByteOffset: 12, as: UInt64.self)
            bytes.storeBytes(of: trace.high.littleEndian, toByteOffset: 20, as: UInt64.self)
            bytes.storeBytes(of: trace.low.littleEndian, toByteOffset: 28, as: UInt64.self)
            bytes.storeBytes(of: checksum.littleEndian, toByteOffset: 36, as: UInt32.self)
            return byteCount
        }
    }

    /// Fills in the length of `frame`, which is whole and plain, and the checksum of its body.
    static func seal(_ frame: UnsafeMutableRawBufferPointer) {
        let length = UInt32(frame.count - lengthByteCount)
        let body = UnsafeRawBufferPointer(rebasing: frame[(lengthByteCount + byteCount)...])
        frame.storeBytes(of: length.littleEndian, toByteOffset: 0, as: UInt32.self)
        frame.storeBytes(
            of: CRC32C.checksum(body).littleEndian,
            toByteOffset: lengthByteCount + byteCount - MemoryLayout<UInt32>.size, as: UInt32.self)
    }

    /// The correlations of the whole frames that `frames` consists of, in order.
    package static func correlations(in frames: ByteBuffer) -> [UInt64] {
        var correlations: [UInt64] = []
        var index = frames.readerIndex
        while let length = frames.getInteger(at: index, endianness: .little, as: UInt32.self),
            let correlation = frames.getInteger(
                at: index + lengthByteCount + correlationOffset, endianness: .little,
                as: UInt64.self)
        {
            correlations.append(correlation)
            index += lengthByteCount + Int(length)
        }
        return correlations
    }

    /// Behind version, flags, opcode and deadline.
    private static let correlationOffset = 8
}
