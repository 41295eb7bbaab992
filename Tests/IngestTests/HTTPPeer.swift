// SPDX-License-Identifier: MIT
import NIOCore
import NIOPosix

/// A client of HTTP that may be slow or stuck: it says what a test wants, and hears text.
struct HTTPPeer: Sendable {
    private let channel: any Channel
    private let words: AsyncStream<String>

    private static let dropInterval: TimeAmount = .milliseconds(20)

    /// - Parameters:
    ///   - dropByteCount: read at a time.
    ///   - roomByteCount: what the kernel keeps of what is not read: as little as it can.
    static func connect(
        port: Int, dropByteCount: Int = 65_536, roomByteCount: Int = 4_096
    ) async throws -> HTTPPeer {
        let (words, continuation) = AsyncStream.makeStream(of: String.self)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.socketOption(.so_rcvbuf), value: roomByteCount)
            .channelOption(
                .recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: dropByteCount)
            )
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Ear(continuation))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return HTTPPeer(channel: channel, words: words)
    }

    func send(_ text: String) { channel.writeAndFlush(ByteBuffer(string: text), promise: nil) }

    /// Sends `drop` again and again until the connection ends.
    func trickle(_ drop: String) { repeatedly { send(drop) } }

    /// Reads no more.
    func stopReading() async throws { try await channel.setOption(.autoRead, value: false).get() }

    /// Reads a little at a time from now on.
    func readInDrops() async throws {
        try await stopReading()
        repeatedly { channel.read() }
    }

    private func repeatedly(_ act: @escaping @Sendable () -> Void) {
        let task = channel.eventLoop.scheduleRepeatedTask(
            initialDelay: Self.dropInterval, delay: Self.dropInterval
        ) { _ in act() }
        channel.closeFuture.whenComplete { _ in task.cancel() }
    }

    /// Waits for `text`.
    ///
    /// - Returns: all that came with it; nil when the connection ends without it.
    func hear(_ text: String) async -> String? {
        var heard = ""
        for await part in words {
            heard += part
            if heard.contains(text) { return heard }
        }
        return nil
    }

    /// Waits for the end of the connection.
    func ended() async throws { try await channel.closeFuture.get() }

    func close() async throws { try await channel.close() }

    private final class Ear: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let continuation: AsyncStream<String>.Continuation

        init(_ continuation: AsyncStream<String>.Continuation) {
            self.continuation = continuation
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            continuation.yield(String(buffer: unwrapInboundIn(data)))
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) { continuation.finish() }
    }
}
