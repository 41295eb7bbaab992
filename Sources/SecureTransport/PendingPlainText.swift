// SPDX-License-Identifier: MIT

import NIOCore

/// What was written since the last flush: one buffer, however many writes, and their promises.
struct PendingPlainText {
    private var buffer = ByteBuffer()
    private var promises: [EventLoopPromise<Void>] = []

    var isEmpty: Bool { buffer.readableBytes == 0 && promises.isEmpty }

    mutating func append(_ next: consuming ByteBuffer, _ promise: EventLoopPromise<Void>?) {
        if buffer.readableBytes == 0 {
            buffer = next
        } else {
            buffer.writeBuffer(&next)
        }
        if let promise { promises.append(promise) }
    }

    /// All of it, and one promise that keeps every promise given.
    mutating func take(on eventLoop: any EventLoop) -> (ByteBuffer, EventLoopPromise<Void>?) {
        defer {
            buffer = ByteBuffer()
            promises.removeAll(keepingCapacity: true)
        }
        guard promises.count > 1 else { return (buffer, promises.first) }
        let all = eventLoop.makePromise(of: Void.self)
        for promise in promises { all.futureResult.cascade(to: promise) }
        return (buffer, all)
    }

    mutating func fail(_ error: TLSError) {
        for promise in promises { promise.fail(error) }
        buffer = ByteBuffer()
        promises = []
    }
}
