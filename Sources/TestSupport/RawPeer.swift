// SPDX-License-Identifier: MIT

package import NIOCore
import NIOPosix
package import SecureTransport
package import Wire

/// A peer that says whatever a test wants, over TLS or in plain text, and hears frames.
package struct RawPeer: Sendable {
    private let channel: any Channel
    /// What came; ends with the connection.
    package let frames: AsyncStream<Frame>

    private static let byteCountMax = 64 * 1024 * 1024

    /// Connects; without a context the connection stays plain text.
    package static func connect(
        host: String = "127.0.0.1", port: Int, tls: TLSContext?
    ) async throws -> RawPeer {
        let (frames, continuation) = AsyncStream.makeStream(of: Frame.self)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(TLSHandler(context: tls))
                    }
                    try channel.pipeline.syncOperations.addHandler(Collector(continuation))
                }
            }
            .connect(host: host, port: port).get()
        return RawPeer(channel: channel, frames: frames)
    }

    /// Sends bytes as they are; they leave when the handshake is done.
    package func send(_ bytes: ByteBuffer) { channel.writeAndFlush(bytes, promise: nil) }

    /// Sends a whole frame.
    package func send(
        _ message: some WireMessage, correlation: UInt64, deadlineMilliseconds: UInt32 = 0
    ) {
        var buffer = ByteBuffer()
        let header = FrameHeader(
            opcode: type(of: message).opcode.rawValue,
            deadlineMilliseconds: deadlineMilliseconds, correlation: correlation)
        Frame.append(message, header: header, to: &buffer)
        send(buffer)
    }

    /// Says HELLO and waits for the answer.
    @discardableResult
    package func greet(name: String = "raw peer") async throws -> HelloOK {
        let hello = Hello(
            magic: 0x4853_4D4F, versionMin: 1, versionMax: 1, features: 0,
            frameByteCountMax: UInt32(WireLimits.frameByteCountMax), inFlightMax: 1_024, name: name)
        send(hello, correlation: 1)
        return try HelloOK(body: await nextFrame().body)
    }

    /// The next frame.
    /// - Throws: when the connection ends before.
    package func nextFrame() async throws -> Frame {
        for await frame in frames { return frame }
        throw ConnectionEnded()
    }

    /// The code of the next ERROR; whatever comes before it is skipped.
    /// - Returns: nil when the connection ends without one.
    package func nextRefusal() async throws -> WireErrorCode? {
        for await frame in frames where frame.header.opcode == Opcode.error.rawValue {
            return WireErrorCode(rawValue: try ErrorReply(body: frame.body).code)
        }
        return nil
    }

    /// Stops reading from the socket.
    package func stopReading() async throws {
        try await channel.setOption(.autoRead, value: false).get()
    }

    /// Waits for the end of the connection.
    package func ended() async throws { try await channel.closeFuture.get() }

    package func close() async { _ = try? await channel.close().get() }

    /// Ends the TLS connection as a process that dies with unread bytes does: by RST, at once.
    package func reset() async throws {
        let socket = channel as? any SocketOptionProvider
        try await socket?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        try await channel.triggerUserOutboundEvent(TLSAbort()).get()
    }

    package struct ConnectionEnded: Error {}

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let continuation: AsyncStream<Frame>.Continuation
        private var buffer = ByteBuffer()

        init(_ continuation: AsyncStream<Frame>.Continuation) { self.continuation = continuation }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var bytes = unwrapInboundIn(data)
            buffer.writeBuffer(&bytes)
            do throws(FrameError) {
                while let frame = try Frame.next(from: &buffer, byteCountMax: byteCountMax) {
                    continuation.yield(frame)
                }
            } catch {
                // Not frames: a plain-text peer that was answered by a TLS alert.
                buffer.clear()
            }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if let event = event as? ChannelEvent, event == .inputClosed {
                context.close(promise: nil)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) { continuation.finish() }
    }
}
