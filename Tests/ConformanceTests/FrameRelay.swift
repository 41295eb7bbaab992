// SPDX-License-Identifier: MIT
import NIOCore
import SecureTransport

/// Takes whole frames from one connection, and sends on what is made of them.
final class FrameRelay: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let pipe: FramePipe
    private let tamper: @Sendable (ByteBuffer) -> [ByteBuffer]
    private let secured: (PeerIdentity) throws -> Void
    private var buffer = ByteBuffer()

    /// - Parameter secured: called when it is known who is at the other end.
    init(
        to pipe: FramePipe, _ tamper: @escaping @Sendable (ByteBuffer) -> [ByteBuffer],
        secured: @escaping (PeerIdentity) throws -> Void
    ) {
        self.pipe = pipe
        self.tamper = tamper
        self.secured = secured
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        buffer.writeBuffer(&bytes)
        while let length = buffer.getInteger(
            at: buffer.readerIndex, endianness: .little, as: UInt32.self),
            let frame = buffer.readSlice(length: 4 + Int(length))
        {
            for made in tamper(ByteBuffer(buffer: frame)) { pipe.send(made) }
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let completed = event as? TLSHandshakeCompleted, let peer = completed.peer {
            do { try secured(peer) } catch { context.close(promise: nil) }
        }
        if let event = event as? ChannelEvent, event == .inputClosed {
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { pipe.close() }
}
