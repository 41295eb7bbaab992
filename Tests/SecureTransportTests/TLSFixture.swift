// SPDX-License-Identifier: MIT

import Foundation
import NIOCore
import NIOPosix
import SecureTransport

/// A directory with an authority and certificates, gone when the test ends; and one event loop group.
final class TLSFixture: Sendable {
    static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let directory: String
    let authority: CertificateAuthority

    init() throws {
        directory = FileManager.default.temporaryDirectory.path + "/tls-" + UUID().uuidString
        authority = try CertificateAuthority.create(directory: directory)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func files(_ identity: PeerIdentity) throws -> TLSFiles {
        try authority.issue(.init(identity: identity), to: directory)
    }

    func server(_ policy: TLSPolicy = .mesh) throws -> TLSContext {
        try TLSContext(role: .server, files: try files(.service("brokerd")), policy: policy)
    }

    func client(_ policy: TLSPolicy = .mesh) throws -> TLSContext {
        try TLSContext(role: .client, files: try files(.tenant("acme")), policy: policy)
    }

    /// A listener on a free port; each accepted connection comes out of the stream.
    func listen(
        _ context: TLSContext, handshakeDuration: TimeAmount = TLSLimits.handshakeDuration
    ) async throws -> (listener: any Channel, accepted: AsyncStream<TLSProbe>) {
        let (accepted, continuation) = AsyncStream.makeStream(of: TLSProbe.self)
        let listener = try await ServerBootstrap(group: Self.group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let probe = TLSProbe(channel)
                    try channel.pipeline.syncOperations.addHandlers(
                        TLSHandler(context: context, handshakeDuration: handshakeDuration),
                        TLSProbeHandler(probe))
                    continuation.yield(probe)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return (listener, accepted)
    }

    /// Connects; without a context the connection stays plain text.
    func connect(
        to listener: any Channel, _ context: TLSContext?, expecting peer: PeerIdentity? = nil
    ) async throws -> TLSProbe {
        let port = listener.localAddress?.port ?? 0
        let (probes, continuation) = AsyncStream.makeStream(of: TLSProbe.self)
        _ = try await ClientBootstrap(group: Self.group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let probe = TLSProbe(channel)
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(
                            TLSHandler(context: context, expecting: peer))
                    }
                    try channel.pipeline.syncOperations.addHandler(TLSProbeHandler(probe))
                    continuation.yield(probe)
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        for await probe in probes { return probe }
        throw TLSError(.closed, "no connection")
    }
}
