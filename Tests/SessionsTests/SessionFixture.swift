// SPDX-License-Identifier: MIT

import NIOCore
import NIOPosix
import SecureTransport
import Sessions
import TestSupport
import Wire

/// A listener with a `ProbeService`, and the ways to reach it.
final class SessionFixture: Sendable {
    let listener: MeshListener
    let sights: AsyncStream<ProbeService.Sight>
    let client: TLSContext
    let held = HeldCalls()
    private let group: any EventLoopGroup
    private let limits: SessionLimits

    /// - Parameter serving: whose loops the listener runs on; those of the clients, unless given.
    init(
        port: Int = 0, limits: SessionLimits = .init(), serving: (any EventLoopGroup)? = nil
    ) async throws {
        let certificates = try TestCertificates.shared.get()
        group = MultiThreadedEventLoopGroup.singleton
        client = try certificates.context(.client, .tenant("acme"))
        self.limits = limits
        let (sights, continuation) = AsyncStream.makeStream(of: ProbeService.Sight.self)
        self.sights = sights
        listener = try await MeshListener.bind(
            host: "127.0.0.1", port: port,
            tls: try certificates.context(.server, .service("brokerd")),
            group: serving ?? group, name: "probe", limits: limits
        ) { [held] _ in ProbeService(continuation, held: held) }
    }

    var endpoint: MeshEndpoint { MeshEndpoint(host: "127.0.0.1", port: listener.port) }

    func rawPeer() async throws -> RawPeer {
        try await RawPeer.connect(port: listener.port, tls: client)
    }

    func connection(
        waiting wait: Duration = .seconds(5), expecting peer: PeerIdentity = .service("brokerd")
    ) -> MeshConnection {
        var policy = ReconnectPolicy()
        policy.delayBase = .milliseconds(1)
        policy.delayMax = .milliseconds(10)
        policy.waitDuration = wait
        return MeshConnection(
            to: endpoint, tls: client, expecting: peer, name: "test", group: group, policy: policy,
            limits: limits)
    }

    /// Runs a connection for as long as `body` does, which begins when it is open.
    func withConnection(
        _ connection: MeshConnection? = nil, isAwaited: Bool = true,
        _ body: @Sendable (MeshConnection) async throws -> Void
    ) async throws {
        let connection = connection ?? self.connection()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await connection.run() }
            defer { tasks.cancelAll() }
            if isAwaited { try await connection.connected(within: .seconds(60)) }
            try await body(connection)
        }
    }

    /// Waits for the end of a session, however it is told.
    func sawEnd() async -> ProbeService.Sight? {
        await sights.first { $0 == .closed || $0 == .closedWhileServing }
    }

    /// Waits until the service has seen this.
    func saw(_ sight: ProbeService.Sight) async {
        for await seen in sights where seen == sight { return }
    }
}

extension MeshConnection {
    /// PUBLISH to a queue that says what is to happen.
    @discardableResult
    func publish(
        _ queue: String, body: ByteBuffer = ByteBuffer(), deadline: Duration = .seconds(10)
    ) async throws(CallError) -> Published {
        try await call(
            Publish(queue: queue, message: ProbeService.envelope(body)), deadline: deadline)
    }
}
