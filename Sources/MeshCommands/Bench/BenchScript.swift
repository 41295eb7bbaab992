// SPDX-License-Identifier: MIT
import NIOCore

/// What one connection of a benchmark does: answers frames with frames. Confined to its loop.
protocol BenchScript: SendableMetatype {
    /// Nil while nothing is measured.
    var sample: BenchSample? { get set }

    /// Begins: the session is open.
    mutating func start(at now: NIODeadline, into outbound: inout ByteBuffer)

    /// Takes one frame from the daemon.
    mutating func receive(
        _ frame: FrameView, at now: NIODeadline, into outbound: inout ByteBuffer)

    /// From now on nothing is to be sent.
    mutating func stop()
}
