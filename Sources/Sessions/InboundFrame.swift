// SPDX-License-Identifier: MIT

package import NIOCore
package import Orders
package import Wire

/// One frame as a service or a caller sees it: checked, decompressed, not yet decoded.
package struct InboundFrame: Sendable {
    /// As sent; `kind` is what we know of it.
    package let opcode: UInt16
    package let correlation: UInt64
    /// What is left of the caller's time, as of receipt; 0: no limit.
    package let deadlineMilliseconds: UInt32
    package let trace: UniqueID
    /// Plain, its checksum verified. A slice of what was read: keeping it keeps its neighbours.
    package let body: ByteBuffer
    let flags: FrameFlags

    init(_ header: FrameHeader, body: ByteBuffer) {
        opcode = header.opcode
        correlation = header.correlation
        deadlineMilliseconds = header.deadlineMilliseconds
        trace = header.trace
        flags = header.flags
        self.body = body
    }

    /// When its sender stops to wait for the answer, if it was received at `now`; never, if it did not say.
    /// For requests that wait before they are begun [H-12]: one that is begun at once needs no clock.
    package func deadline(receivedAt now: @autoclosure () -> NIODeadline) -> NIODeadline {
        guard deadlineMilliseconds != 0 else { return .distantFuture }
        return now() + .milliseconds(Int64(deadlineMilliseconds))
    }

    /// The opcode, when the protocol has it.
    package var kind: Opcode? { Opcode(rawValue: opcode) }

    /// Reads the body as a message; fields behind those known are skipped.
    package func decode<M: WireMessage>(_: M.Type = M.self) throws(WireError) -> M {
        try M(body: body)
    }
}
