// SPDX-License-Identifier: MIT
import NIOPosix
import SecureTransport
import ServiceClients
import Sessions
import Synchronization
import TestSupport
import Wire

/// A daemon on real TLS that answers each request as a test says, and writes down what came.
final class ScriptedDaemon: Sendable {
    /// Answers one request, or does not.
    typealias Script = @Sendable (InboundFrame, ServerSession) throws(WireError) -> Void

    /// Requests in the order in which they came; one-way frames as well.
    let arrivals: AsyncStream<InboundFrame>
    private let arrived: AsyncStream<InboundFrame>.Continuation
    private let script: Script
    private let listening = Mutex<MeshListener?>(nil)

    /// - Parameter script: called on the session's loop.
    init(_ script: @escaping Script) async throws {
        self.script = script
        (arrivals, arrived) = AsyncStream.makeStream()
        let tls = try TestCertificates.shared.get().context(.server, .service("brokerd"))
        let listener = try await MeshListener.bind(
            host: "127.0.0.1", port: 0, tls: tls, group: MultiThreadedEventLoopGroup.singleton
        ) { _ in Service(self) }
        listening.withLock { $0 = listener }
    }

    /// Runs `body` with a connection to it, which is made meanwhile unless it is to be there before.
    func with(
        isConnected: Bool = true, _ body: @escaping @Sendable (MeshConnection) async throws -> Void
    ) async throws {
        let port = listening.withLock { $0?.port } ?? 0
        let connection = MeshConnection(
            to: MeshEndpoint(host: "127.0.0.1", port: port),
            tls: try TestCertificates.shared.get().context(.client, .service("paymentd")),
            expecting: .service("brokerd"), name: "test",
            group: MultiThreadedEventLoopGroup.singleton)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await connection.run() }
            defer { tasks.cancelAll() }
            if isConnected { try await connection.connected(within: .seconds(20)) }
            try await body(connection)
        }
    }

    /// The next frame of an opcode; others before it are skipped.
    func next(_ opcode: Opcode) async -> InboundFrame? {
        for await frame in arrivals where frame.kind == opcode { return frame }
        return nil
    }

    private final class Service: FrameService {
        private let daemon: ScriptedDaemon

        init(_ daemon: ScriptedDaemon) { self.daemon = daemon }

        func opened(_ session: ServerSession) {}

        func closed(_ session: ServerSession) {}

        func received(_ frame: InboundFrame, on session: ServerSession) {
            daemon.arrived.yield(frame)
            do throws(WireError) {
                try daemon.script(frame, session)
            } catch {
                session.refuse(frame, .badMessage, "\(error)")
            }
        }
    }
}
