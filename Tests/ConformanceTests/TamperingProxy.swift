// SPDX-License-Identifier: MIT
import NIOCore
import NIOPosix
import SecureTransport
import Sessions
import TestSupport

/// A server that breaks rules: a good one, with somebody between it and its clients who changes frames.
struct TamperingProxy {
    enum Direction: Sendable {
        case toServer
        case toClient
    }

    /// What goes on in place of a frame: itself, others, or nothing.
    typealias Tamper = @Sendable (Direction, ByteBuffer) -> [ByteBuffer]

    let endpoint: MeshEndpoint
    private let channel: any Channel

    /// Comes to the server under the name of each client, and to clients under that of the server.
    static func start(
        before server: MeshEndpoint, named name: String, _ certificates: TestCertificates,
        _ tamper: @escaping Tamper
    ) async throws -> TamperingProxy {
        let tls = try certificates.context(.server, .service(name))
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { client in
                client.eventLoop.makeCompletedFuture {
                    let outward = FramePipe()
                    let handlers = client.pipeline.syncOperations
                    try handlers.addHandler(TLSHandler(context: tls))
                    try handlers.addHandler(
                        FrameRelay(to: outward) {
                            tamper(.toServer, $0)
                        } secured: { peer in
                            let inward = FramePipe()
                            inward.open(client)
                            let tls = try certificates.context(.client, peer)
                            connect(server, tls, client.eventLoop, inward, outward) {
                                tamper(.toClient, $0)
                            }
                        })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return TamperingProxy(
            endpoint: MeshEndpoint(host: "127.0.0.1", port: channel.localAddress?.port ?? 0),
            channel: channel)
    }

    func stop() async throws { try await channel.close().get() }

    private static func connect(
        _ server: MeshEndpoint, _ tls: TLSContext, _ loop: any EventLoop, _ inward: FramePipe,
        _ outward: FramePipe, _ tamper: @escaping @Sendable (ByteBuffer) -> [ByteBuffer]
    ) {
        ClientBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handlers = channel.pipeline.syncOperations
                    try handlers.addHandler(TLSHandler(context: tls))
                    try handlers.addHandler(FrameRelay(to: inward, tamper) { _ in })
                }
            }
            .connect(host: server.host, port: server.port)
            .whenComplete { outcome in
                switch outcome {
                case .success(let channel): outward.open(channel)
                case .failure: inward.close()
                }
            }
    }
}
