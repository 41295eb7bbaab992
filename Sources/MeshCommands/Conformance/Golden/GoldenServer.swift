// SPDX-License-Identifier: MIT
import NIOCore
import NIOPosix
import SecureTransport

/// Listens for the client under test; what is said on a connection is the script's.
struct GoldenServer: Sendable {
    /// How a server shows itself.
    enum Face: Sendable {
        /// TLS as the mesh has it, or with another policy.
        case secure(TLSContext)
        /// Answers every greeting with TLS 1.2.
        case tls12
    }

    let port: Int
    /// Those whose handshake is done; of `tls12` all.
    let connections: Mailbox<GoldenConnection>
    private let channel: any Channel

    static func bind(_ face: Face) async throws -> GoldenServer {
        let connections = Mailbox<GoldenConnection>()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { child in
                child.eventLoop.makeCompletedFuture {
                    try configure(child, face) { connections.put($0) }
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return GoldenServer(
            port: channel.localAddress?.port ?? 0, connections: connections, channel: channel)
    }

    /// No further connection comes; those that stand do.
    func close() {
        channel.close(promise: nil)
        connections.end()
    }

    private static func configure(
        _ child: any Channel, _ face: Face,
        _ secured: @escaping @Sendable (GoldenConnection) -> Void
    ) throws {
        let connection = GoldenConnection(channel: child)
        switch face {
        case .secure(let tls):
            try child.pipeline.syncOperations.addHandlers(
                TLSHandler(context: tls), GoldenHandler(connection, secured: secured))
        case .tls12:
            try child.pipeline.syncOperations.addHandler(OldTLSHandler(connection))
            secured(connection)
        }
    }
}
