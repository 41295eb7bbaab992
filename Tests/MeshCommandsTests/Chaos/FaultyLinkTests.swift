// SPDX-License-Identifier: MIT
import NIOCore
import NIOPosix
import Testing

@testable import MeshCommands

/// The proxy between a client and a server that answers each byte with the byte after it.
@Suite(.timeLimit(.minutes(1))) struct FaultyLinkTests {
    /// Answers `a` with `b`.
    private final class Successor: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data).readableBytesView.map { $0 &+ 1 }
            context.writeAndFlush(NIOAny(ByteBuffer(bytes: bytes)), promise: nil)
        }
    }

    private func withLink(
        _ body: (FaultyLink) async throws -> Void
    ) async throws {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in channel.pipeline.addHandler(Successor()) }
            .bind(host: "127.0.0.1", port: 0).get()
        let link = try await FaultyLink.open(to: .port(server.localAddress?.port ?? 0))
        try await body(link)
        try await link.close()
        try await server.close()
    }

    /// Sends each of `texts`, then reads until `count` bytes or the end.
    private func ask(
        _ texts: [String], through link: FaultyLink, expecting count: Int,
        meanwhile: @Sendable @escaping () async throws -> Void = {}
    ) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: link.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            for text in texts { try await outbound.write(ByteBuffer(string: text)) }
            try await meanwhile()
            var answer = ""
            do {
                for try await bytes in inbound {
                    answer += String(buffer: bytes)
                    if answer.utf8.count >= count { break }
                }
            } catch let error as IOError {
                answer += " \(error.errnoCode == ECONNRESET ? "reset" : "\(error)")"
            }
            return answer
        }
    }

    @Test func `an open way carries both directions`() async throws {
        try await withLink { link in
            let answer = try await ask(["abc"], through: link, expecting: 3)
            #expect(answer == "bcd")
        }
    }

    @Test(arguments: [LinkCondition.stalled(.both), .stalled(.requests), .stalled(.answers)])
    func `what a stalled way holds arrives when it is open again`(
        condition: LinkCondition
    ) async throws {
        try await withLink { link in
            try await link.set(condition)
            let answer = try await ask(["abc"], through: link, expecting: 3) {
                try await link.set(.open)
            }
            #expect(answer == "bcd")
        }
    }

    @Test func `a slow way keeps the sequence, also when it becomes fast`() async throws {
        try await withLink { link in
            try await link.set(.slow(milliseconds: 50))
            let answer = try await ask(["a", "b", "c"], through: link, expecting: 3) {
                try await link.set(.open)
            }
            #expect(answer == "bcd")
        }
    }

    @Test func `a way that is cut ends connections`() async throws {
        try await withLink { link in
            let answer = try await ask([], through: link, expecting: 1) {
                try await link.set(.cut)
            }
            #expect(answer.isEmpty || answer == " reset")
            // NIO may see the close before or after the connection is there.
            let later = try? await ask([], through: link, expecting: 1)
            #expect(later == nil || later?.isEmpty == true || later == " reset")
        }
    }

    @Test func `an answer that is lost ends its connection`() async throws {
        try await withLink { link in
            try await link.set(.losingAnswers)
            let answer = try await ask(["abc"], through: link, expecting: 3)
            #expect(answer.isEmpty || answer == " reset")
            try await link.set(.open)
            let later = try await ask(["abc"], through: link, expecting: 3)
            #expect(later == "bcd")
        }
    }
}
