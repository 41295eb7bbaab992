// SPDX-License-Identifier: MIT
import NIOCore
import NIOPosix
import SecureTransport
import Sessions
import Synchronization
import Wire

/// One connection to the server, that says whatever a case wants, and hears frames.
final class WirePeer: Sendable {
    let patience: Duration
    private let channel: any Channel
    private let mailbox: Mailbox
    private let lastCorrelation = Atomic<UInt64>(0)

    /// Connects; without a context the connection stays plain text. The handshake may still fail: that
    /// is heard as the connection's end.
    static func connect(
        to endpoint: MeshEndpoint, tls: TLSContext?, patience: Duration,
        isAnsweringPings: Bool = true
    ) async throws -> WirePeer {
        let mailbox = Mailbox()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handlers = channel.pipeline.syncOperations
                    if let tls { try handlers.addHandler(TLSHandler(context: tls)) }
                    try handlers.addHandler(
                        PeerHandler(mailbox, isAnsweringPings: isAnsweringPings))
                }
            }
            .connect(host: endpoint.host, port: endpoint.port).get()
        return WirePeer(channel, mailbox, patience)
    }

    private init(_ channel: any Channel, _ mailbox: Mailbox, _ patience: Duration) {
        self.channel = channel
        self.mailbox = mailbox
        self.patience = patience
    }

    /// A number for the next request.
    func makeCorrelation() -> UInt64 {
        lastCorrelation.wrappingAdd(1, ordering: .relaxed).newValue
    }

    // MARK: - Say

    /// Sends bytes as they are.
    func send(_ bytes: ByteBuffer) { channel.writeAndFlush(bytes, promise: nil) }

    func send(_ frame: RawFrame) { send(frame.bytes) }

    /// Sends many frames at once, so that the server reads them together.
    func send(_ frames: [RawFrame]) {
        var bytes = ByteBuffer()
        for frame in frames { bytes.writeImmutableBuffer(frame.bytes) }
        send(bytes)
    }

    /// Sends a one-way frame.
    func tell(_ message: some WireMessage) { send(RawFrame(message, correlation: 0)) }

    func close() async {
        mailbox.end("closed by the suite")
        do { try await channel.close().get() } catch {
            // It was closed already, by the server.
        }
    }

    // MARK: - Hear

    /// The first frame that is wanted.
    ///
    /// - Parameter duration: how long it may take; the patience of the run by default.
    func find(
        within duration: Duration? = nil, _ isWanted: @Sendable (HeardFrame) -> Bool
    ) async -> Mailbox.Find {
        let deadline = NIODeadline.now() + TimeAmount(duration ?? patience)
        return await mailbox.take(until: deadline, on: channel.eventLoop, where: isWanted)
    }

    /// As `find`, where `expected` must come.
    func hear(
        _ expected: String, within duration: Duration? = nil,
        _ isWanted: @Sendable (HeardFrame) -> Bool
    ) async throws(CaseFailure) -> HeardFrame {
        switch await find(within: duration, isWanted) {
        case .frame(let frame): return frame
        case .ended(let reason): throw CaseFailure(expected: expected, seen: reason)
        case .silence: throw CaseFailure(expected: expected, seen: "silence")
        }
    }
}
