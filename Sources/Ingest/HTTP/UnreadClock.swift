// SPDX-License-Identifier: MIT
import Glibc
import NIOCore

/// Closes a connection whose peer does not read what it asked for, or reads it drop by drop: all that
/// was written at some moment must have left for the peer within the limit. The handler at the socket.
final class UnreadClock: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let limit: TimeAmount
    /// Bytes since the connection began.
    private var writtenByteCount = 0
    private var timer: Scheduled<Void>?

    init(limit: TimeAmount) {
        self.limit = limit
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        writtenByteCount += unwrapOutboundIn(data).readableBytes
        context.write(data, promise: promise)
    }

    func flush(context: ChannelHandlerContext) {
        context.flush()
        if timer == nil { watch(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    /// Sets the clock if something is left that the socket did not take at once.
    private func watch(_ context: ChannelHandlerContext) {
        guard Self.waitingByteCount(context) > 0 else { return }
        let goal = writtenByteCount
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: limit) {
            self.check(goal, context)
        }
    }

    private func check(_ goal: Int, _ context: ChannelHandlerContext) {
        timer = nil
        let takenByteCount = writtenByteCount - Self.waitingByteCount(context)
        guard takenByteCount >= goal else { return cutOff(context) }
        watch(context)
    }

    /// Closes without the usual farewell, which would wait behind what is not read.
    private func cutOff(_ context: ChannelHandlerContext) {
        if let socket = context.channel as? any SocketOptionProvider {
            // Where it cannot be set the kernel keeps what is left until its own time is up.
            _ = socket.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        }
        context.close(promise: nil)
    }

    /// What waits for the peer in our memory; nothing when the channel cannot say, being closed.
    private static func waitingByteCount(_ context: ChannelHandlerContext) -> Int {
        let count = try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)
        return count ?? 0
    }
}
