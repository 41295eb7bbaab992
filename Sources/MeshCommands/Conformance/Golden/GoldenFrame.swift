// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Wire

/// A frame of the client under test.
struct GoldenFrame: Sendable {
    let header: FrameHeader
    /// After decompression, its checksum verified.
    let plain: ByteBuffer
    /// Behind the length prefix, as it came.
    let byteCount: Int
    let arrived: ContinuousClock.Instant

    var opcode: Opcode? { Opcode(rawValue: header.opcode) }
    var correlation: UInt64 { header.correlation }

    /// For people: the message's name, or the number of an opcode that is none.
    var name: String { opcode.map { "\($0)" } ?? "opcode \(header.opcode)" }

    /// Reads the body, which must be exactly that message.
    func decode<M: WireMessage>(_: M.Type = M.self) throws(GoldenFailure) -> M {
        guard opcode == M.opcode else { throw GoldenFailure("\(M.opcode) expected, \(name) came") }
        let message: M
        do throws(WireError) {
            message = try M(body: plain)
        } catch {
            throw GoldenFailure("the \(name) cannot be read: \(error)")
        }
        var again = ByteBuffer()
        message.write(to: &again)
        guard again == plain else {
            throw GoldenFailure("the \(name) is not in the one form that its values have")
        }
        return message
    }
}
