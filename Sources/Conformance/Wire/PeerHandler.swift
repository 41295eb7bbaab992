// SPDX-License-Identifier: MIT
import FrameCompression
import NIOCore
import SecureTransport
import Wire

/// Turns what a server sends into frames, and holds each of them against the rules of framing.
final class PeerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let mailbox: Mailbox
    private let isAnsweringPings: Bool
    private var buffer = ByteBuffer()

    init(_ mailbox: Mailbox, isAnsweringPings: Bool) {
        self.mailbox = mailbox
        self.isAnsweringPings = isAnsweringPings
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        buffer.writeBuffer(&bytes)
        do throws(FrameError) {
            while let frame = try Frame.next(
                from: &buffer, byteCountMax: WireLimits.frameByteCountMax)
            {
                heard(frame, try plain(frame), context)
            }
        } catch {
            mailbox.end("a frame that breaks the framing: \(error)")
            context.close(promise: nil)
        }
    }

    /// No sender may compress what is short [F-6].
    private func plain(_ frame: Frame) throws(FrameError) -> ByteBuffer {
        let body = try FrameDecompressor.plainBody(
            of: frame, plainByteCountMax: WireLimits.frameByteCountMax)
        if frame.header.flags.contains(.compressed),
            body.readableBytes < WireLimits.compressionThresholdByteCount
        {
            mailbox.end("a compressed frame of \(body.readableBytes) plain bytes")
        }
        return body
    }

    private func heard(_ frame: Frame, _ body: ByteBuffer, _ context: ChannelHandlerContext) {
        let byteCount = FrameHeader.byteCount + frame.body.readableBytes
        if frame.header.opcode == Opcode.ping.rawValue {
            if isAnsweringPings { answer(frame.header, body, context) }
            return
        }
        mailbox.post(HeardFrame(header: frame.header, body: body, byteCount: byteCount))
    }

    private func answer(
        _ header: FrameHeader, _ body: ByteBuffer, _ context: ChannelHandlerContext
    ) {
        var pong = RawFrame(.pong, correlation: header.correlation, body: body)
        pong.flags = FrameFlags.response.rawValue
        context.writeAndFlush(wrapOutboundOut(pong.bytes), promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            mailbox.end("the server closed")
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        mailbox.end("\(error)")
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { mailbox.end("the server closed") }
}
