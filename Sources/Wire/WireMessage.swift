// SPDX-License-Identifier: MIT
package import NIOCore

/// Something with fields in a fixed order, as `protocol/reference.md` lists them.
package protocol WireStructure: Sendable, Equatable {
    /// Reads the fields; leaves what follows them unread.
    init(from reader: inout WireReader) throws(WireError)

    /// Appends the fields.
    func write(to buffer: inout ByteBuffer)
}

/// The body of a frame.
package protocol WireMessage: WireStructure {
    static var opcode: Opcode { get }
}

extension WireMessage {
    /// Reads a whole body. Fields of a later version behind the known ones are skipped.
    package init(body: ByteBuffer) throws(WireError) {
        var reader = WireReader(body)
        try self.init(from: &reader)
    }
}
