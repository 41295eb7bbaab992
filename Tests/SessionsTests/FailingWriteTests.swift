// SPDX-License-Identifier: MIT

import Foundation
import NIOCore
import NIOEmbedded
import Orders
import SecureTransport
import Testing
import Wire

@testable import Sessions

@Suite struct FailingWriteTests {
    /// A socket whose next write fails: as swift-nio does, it first reads what came before the end, and
    /// tells all of it before the write returns.
    private final class DyingSocket: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        var lastWords: ByteBuffer?

        func write(
            context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
        ) {
            guard let lastWords else { return context.write(data, promise: promise) }
            context.fireChannelRead(NIOAny(lastWords))
            context.fireChannelReadComplete()
            context.fireErrorCaught(IOError(errnoCode: EPIPE, reason: "write"))
            context.fireChannelInactive()
        }
    }

    private func answer(_ message: some WireMessage, to correlation: UInt64) -> ByteBuffer {
        var buffer = ByteBuffer()
        Frame.append(
            message,
            header: FrameHeader(
                flags: .response, opcode: type(of: message).opcode.rawValue,
                correlation: correlation), to: &buffer)
        return buffer
    }

    private func open(_ channel: EmbeddedChannel, _ socket: DyingSocket) throws -> ClientSession {
        let session = ClientSession(
            name: "test", limits: .init(), eventLoop: channel.eventLoop,
            opened: channel.eventLoop.makePromise())
        try channel.pipeline.syncOperations.addHandlers(socket, session)
        channel.pipeline.fireUserInboundEventTriggered(
            TLSHandshakeCompleted(peer: .service("brokerd"), applicationProtocol: nil))
        let greeting = HelloOK(
            version: Handshake.version, features: 0,
            frameByteCountMax: UInt32(WireLimits.frameByteCountMax), inFlightMax: 10,
            name: "brokerd", session: .zero)
        try channel.writeInbound(answer(greeting, to: 1))
        return session
    }

    @Test func `who writes hears of the end afterwards, and what was answered before counts`()
        throws
    {
        let (channel, socket) = (EmbeddedChannel(), DyingSocket())
        let session = try open(channel, socket)
        var outcomes: [String] = []
        let first = try session.request(Ping(token: 1)) { outcomes.append("first: \($0.isAnswer)") }
        channel.embeddedEventLoop.run()
        socket.lastWords = answer(Pong(token: 1), to: first)
        // Long enough to be written at once.
        let long = Publish(queue: "q", message: ProbeService.envelope(ProbeService.noise))
        try session.request(long) { outcomes.append("second: \($0.isAnswer)") }
        #expect(outcomes == [])
        channel.embeddedEventLoop.run()
        #expect(outcomes == ["first: true", "second: false"])
        #expect(!session.isOpen)
    }
}

extension Result where Success == InboundFrame {
    fileprivate var isAnswer: Bool { (try? get()) != nil }
}
