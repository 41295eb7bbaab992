// SPDX-License-Identifier: MIT

import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import HTTPCalls

@Suite struct MailTests {
    @Test func `a message is handed over in the envelope given`() async throws {
        let server = try await MailReceiver()
        let content = "Subject: order\r\n\r\n.dot first\r\nend\r\n"
        try await HTTPCaller().send(
            MailMessage(
                from: "mesh@example.com", recipients: ["a@example.com", "b@example.com"],
                content: Array(content.utf8)),
            through: MailServer(url: server.url, isTLSRequired: false))
        let lines = server.lines
        #expect(lines.contains { $0.hasPrefix("MAIL FROM:<mesh@example.com>") })
        #expect(lines.contains("RCPT TO:<a@example.com>"))
        #expect(lines.contains("RCPT TO:<b@example.com>"))
        #expect(lines.contains("..dot first"))
        try await server.stop()
    }

    @Test func `a server without TLS is refused when TLS is required`() async throws {
        let server = try await MailReceiver()
        let message = MailMessage(from: "a@b", recipients: ["c@d"], content: [])
        let error = await #expect(throws: HTTPCallError.self) {
            try await HTTPCaller().send(message, through: MailServer(url: server.url))
        }
        #expect(error?.code == .tlsFailed)
        #expect(error?.effect == .notApplied)
        try await server.stop()
    }

    @Test(arguments: ["a", "a@b>\r\nRCPT TO:<x@y", "a b@c", ""])
    func `an address cannot smuggle commands`(address: String) async {
        let message = MailMessage(from: "a@b", recipients: [address], content: [])
        let error = await #expect(throws: HTTPCallError.self) {
            let server = MailServer(url: "smtp://127.0.0.1:1")
            try await HTTPCaller().send(message, through: server)
        }
        #expect(error?.code == .invalidRequest)
    }
}

/// A mail server of six commands, without TLS.
private final class MailReceiver: Sendable {
    private let state = Mutex<[String]>([])
    private let channel = Mutex<(any Channel)?>(nil)

    init() async throws {
        let bound = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(self))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        channel.withLock { $0 = bound }
    }

    var url: String { "smtp://127.0.0.1:\(channel.withLock { $0?.localAddress?.port ?? 0 })" }
    var lines: [String] { state.withLock { $0 } }

    func stop() async throws { try await channel.withLock { $0 }?.close() }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let receiver: MailReceiver
        private var pending = ""
        private var isInData = false

        init(_ receiver: MailReceiver) { self.receiver = receiver }

        func channelActive(context: ChannelHandlerContext) { answer("220 ready", context) }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            pending += String(buffer: unwrapInboundIn(data))
            // CR LF is one character to Swift.
            while let end = pending.firstIndex(of: "\r\n") {
                let line = String(pending[..<end])
                pending = String(pending[pending.index(after: end)...])
                receiver.state.withLock { $0.append(line) }
                take(line, context)
            }
        }

        private func take(_ line: String, _ context: ChannelHandlerContext) {
            if isInData {
                guard line == "." else { return }
                isInData = false
                return answer("250 taken", context)
            }
            if line == "DATA" {
                isInData = true
                return answer("354 go on", context)
            }
            answer(line.hasPrefix("EHLO") ? "250 receiver" : "250 ok", context)
        }

        private func answer(_ line: String, _ context: ChannelHandlerContext) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: line + "\r\n")), promise: nil)
        }
    }
}
