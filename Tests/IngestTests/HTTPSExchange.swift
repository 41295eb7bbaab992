// SPDX-License-Identifier: MIT
import NIOCore
import NIOPosix
import SecureTransport
import TestSupport

extension IngestFixture.Door {
    /// Sends `request` as it is over HTTPS with a certificate of `identity`.
    ///
    /// - Returns: the first bytes of the answer.
    func exchange(_ request: String, as identity: PeerIdentity) async throws -> String {
        let files = try certificates.files(identity)
        let tls = try TLSContext(role: .client, files: files, policy: .https)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let answer = loop.makePromise(of: String.self)
        let channel = try await ClientBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        TLSHandler(context: tls, expecting: .service("ingestd")),
                        AnswerReader(answer))
                }
            }
            .connect(host: "127.0.0.1", port: httpPort).get()
        channel.writeAndFlush(ByteBuffer(string: request), promise: nil)
        let text = try await answer.futureResult.get()
        try await channel.close()
        return text
    }
}

/// Keeps the first that comes.
private final class AnswerReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let answer: EventLoopPromise<String>

    init(_ answer: EventLoopPromise<String>) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        answer.succeed(String(buffer: unwrapInboundIn(data)))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answer.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { answer.fail(ChannelError.eof) }
}
