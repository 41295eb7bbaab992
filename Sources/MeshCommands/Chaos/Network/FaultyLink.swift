// SPDX-License-Identifier: MIT
import NIOCore
import NIOPosix

/// A proxy of TCP that can be a bad network. All of it lives on one event loop.
final class FaultyLink: Sendable {
    /// Where connections go on to.
    enum Target: Sendable {
        case port(Int)
        case socket(path: String)
    }

    /// Where it listens, at 127.0.0.1.
    let port: Int
    private let loop: any EventLoop
    private let server: any Channel
    private let pairs: NIOLoopBound<RelayPairs>

    /// Listens at any free port.
    static func open(to target: Target) async throws -> FaultyLink {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let pairs = try await loop.submit { NIOLoopBound(RelayPairs(), eventLoop: loop) }.get()
        // Its connections live on the same loop, because its group is that loop alone.
        let server = try await ServerBootstrap(group: loop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try pairs.value.accept(channel, target: target)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        guard let port = server.localAddress?.port else {
            throw CommandError("a proxy has no port")
        }
        return FaultyLink(port: port, loop: loop, server: server, pairs: pairs)
    }

    private init(
        port: Int, loop: any EventLoop, server: any Channel, pairs: NIOLoopBound<RelayPairs>
    ) {
        self.port = port
        self.loop = loop
        self.server = server
        self.pairs = pairs
    }

    /// From now on the way is like this, for the connections that stand as well.
    func set(_ condition: LinkCondition) async throws {
        let pairs = pairs
        try await loop.submit { pairs.value.set(condition) }.get()
    }

    func close() async throws {
        try await set(.cut)
        try await server.close()
    }
}
