// SPDX-License-Identifier: MIT
import FrameCompression
import NIOCore
import SecureTransport
import Wire

/// Cuts what a client sends into frames, for the script; knows nothing of sessions.
final class GoldenHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let connection: GoldenConnection
    private let secured: (GoldenConnection) -> Void
    private var buffer = ByteBuffer()

    /// - Parameter secured: told when the handshake is done.
    init(_ connection: GoldenConnection, secured: @escaping (GoldenConnection) -> Void) {
        self.connection = connection
        self.secured = secured
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is TLSHandshakeCompleted { secured(connection) }
        if let event = event as? ChannelEvent, event == .inputClosed {
            connection.deeds.end()
            context.close(promise: nil)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        buffer.writeBuffer(&bytes)
        do throws(FrameError) {
            while let frame = try nextFrame() { connection.deeds.put(.frame(frame)) }
        } catch {
            connection.deeds.put(.breach("the client sent \(error)"))
            context.close(promise: nil)
        }
    }

    private func nextFrame() throws(FrameError) -> GoldenFrame? {
        let max = WireLimits.frameByteCountMax
        guard let frame = try Frame.next(from: &buffer, byteCountMax: max) else { return nil }
        let plain = try FrameDecompressor.plainBody(of: frame, plainByteCountMax: max)
        return GoldenFrame(
            header: frame.header, plain: plain,
            byteCount: FrameHeader.byteCount + frame.body.readableBytes, arrived: .now)
    }

    /// A handshake that the client breaks off, or a connection that it drops: its way to refuse.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { connection.deeds.end() }
}
