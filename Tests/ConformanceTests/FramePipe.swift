// SPDX-License-Identifier: MIT
import NIOCore
import Synchronization

/// A way to a connection that may not be there yet: what is sent waits for it.
final class FramePipe: Sendable {
    private struct State {
        var channel: (any Channel)?
        var waiting: [ByteBuffer] = []
        var isClosed = false
    }

    private let state = Mutex(State())

    func open(_ channel: any Channel) {
        let (waiting, isClosed) = state.withLock { state in
            state.channel = channel
            defer { state.waiting = [] }
            return (state.waiting, state.isClosed)
        }
        for bytes in waiting { channel.writeAndFlush(bytes, promise: nil) }
        if isClosed { channel.close(promise: nil) }
    }

    func send(_ bytes: ByteBuffer) {
        let channel = state.withLock { state in
            if state.channel == nil { state.waiting.append(bytes) }
            return state.channel
        }
        channel?.writeAndFlush(bytes, promise: nil)
    }

    func close() {
        let channel = state.withLock { state in
            state.isClosed = true
            return state.channel
        }
        channel?.close(promise: nil)
    }
}
