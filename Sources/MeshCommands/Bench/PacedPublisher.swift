// SPDX-License-Identifier: MIT
import NIOCore
import Wire

/// Publishes at a rate, whether answers come or not: each message says when it was due, so that what
/// a busy daemon delays counts in full.
struct PacedPublisher: BenchScript {
    var sample: BenchSample?
    private var request: PublishRequest
    private let interval: Int64
    private var begin = NIODeadline.uptimeNanoseconds(0)
    private var sentCount: Int64 = 0
    private var isStopping = false

    init(queue: String, bodyByteCount: Int, perSecond: Int) {
        request = PublishRequest(queue: queue, bodyByteCount: bodyByteCount)
        interval = 1_000_000_000 / Int64(perSecond)
    }

    mutating func start(at now: NIODeadline, into outbound: inout ByteBuffer) { begin = now }

    /// When the next message is due.
    private var due: NIODeadline { begin + .nanoseconds(sentCount * interval) }

    /// Sends what is due.
    ///
    /// - Returns: when to be called again; nil when no more is sent.
    mutating func tick(at now: NIODeadline, into outbound: inout ByteBuffer) -> NIODeadline? {
        while !isStopping {
            let due = due
            guard due <= now else { return due }
            sentCount += 1
            request.append(
                to: &outbound, correlation: UInt64(sentCount), stamp: due.uptimeNanoseconds)
        }
        return nil
    }

    mutating func receive(
        _ frame: FrameView, at now: NIODeadline, into outbound: inout ByteBuffer
    ) {
        if frame.correlation != 0, !request.isSuccess(frame) { sample?.errorCount += 1 }
    }

    mutating func stop() { isStopping = true }
}
