// SPDX-License-Identifier: MIT

import NIOCore
import Wire

/// Replies that are not true yet, encoded as they will be sent, so that nothing is kept of each but
/// its bytes: in `next` until the next write to the disk begins, in `current` until that ends, in
/// `done` until they are sent.
struct WithheldReplies {
    private struct Parcel {
        var outbox: FrameOutbox
        var count = 0
    }

    private var next: Parcel
    private var current: Parcel
    private var done: Parcel

    /// - Parameter outbox: an empty one with the compressor and limits to use.
    init(like outbox: FrameOutbox) {
        next = Parcel(outbox: outbox)
        (current, done) = (next, next)
    }

    var isEmpty: Bool { next.count + current.count + done.count == 0 }

    /// - Returns: false when the reply is longer than the peer takes; nothing is then kept.
    mutating func append(
        _ message: some WireMessage, header: FrameHeader, isForCurrent: Bool
    ) -> Bool {
        if isForCurrent {
            guard current.outbox.append(message, header: header) else { return false }
            current.count += 1
        } else {
            guard next.outbox.append(message, header: header) else { return false }
            next.count += 1
        }
        return true
    }

    mutating func writeBegan() {
        precondition(current.count == 0, "two writes at a time")
        swap(&next, &current)
    }

    mutating func writeEnded() {
        precondition(done.count == 0, "a write ended before what the last one made true was sent")
        swap(&current, &done)
    }

    /// Hands out what has come true.
    ///
    /// - Returns: how many replies.
    mutating func release(_ send: (ByteBuffer) -> Void) -> Int {
        guard let frames = done.outbox.take() else { return 0 }
        send(frames)
        done.outbox.reuse(frames)
        defer { done.count = 0 }
        return done.count
    }

    /// Drops what has not come true, for the correlations to be answered otherwise.
    mutating func takeCorrelations() -> [UInt64] {
        (current.count, next.count) = (0, 0)
        return [current.outbox.take(), next.outbox.take()].compactMap { $0 }
            .flatMap(FrameHeader.correlations)
    }
}
