// SPDX-License-Identifier: MIT
import NIOCore
import NIOPosix
import Orders
import SecureTransport
import ServiceClients
import Sessions
import TestSupport

/// Connections to a bridge under the names of the mesh's daemons, made when first asked for.
final class BridgeClients: Sendable {
    private let port: Int
    private let certificates: TestCertificates
    private let connections: AsyncStream<MeshConnection>
    private let opened: AsyncStream<MeshConnection>.Continuation

    init(port: Int, certificates: TestCertificates) {
        self.port = port
        self.certificates = certificates
        (connections, opened) = AsyncStream.makeStream()
    }

    /// Keeps the connections up until `stop`.
    func run() async throws {
        await withDiscardingTaskGroup { group in
            for await connection in connections {
                group.addTask {
                    do { try await connection.run() } catch {}
                }
            }
            group.cancelAll()
        }
    }

    func stop() { opened.finish() }

    func connection(as identity: PeerIdentity) throws -> MeshConnection {
        let connection = MeshConnection(
            to: MeshEndpoint(host: "127.0.0.1", port: port),
            tls: try certificates.context(.client, identity), name: "test",
            group: .singletonMultiThreadedEventLoopGroup)
        opened.yield(connection)
        return connection
    }

    /// A peer that says HELLO and whatever else a test wants.
    func rawPeer(as identity: PeerIdentity) async throws -> RawPeer {
        let peer = try await RawPeer.connect(
            port: port, tls: try certificates.context(.client, identity))
        try await peer.greet()
        return peer
    }

    func broker(as service: String) throws -> BrokerClient {
        BrokerClient(try connection(as: .service(service)))
    }

    func receipts(as identity: PeerIdentity) throws -> ReceiptClient {
        ReceiptClient(try connection(as: identity))
    }

    func keys(as identity: PeerIdentity) throws -> KeyClient {
        KeyClient(try connection(as: identity))
    }

    func `operator`() throws -> BrokerClient {
        BrokerClient(try connection(as: .operator("alice")))
    }
}
