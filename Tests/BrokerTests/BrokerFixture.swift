// SPDX-License-Identifier: MIT
import DiskStorage
import Foundation
import Logging
import NIOCore
import NIOPosix
import Orders
import QueueState
import SecureTransport
import SegmentLog
import ServiceClients
import Sessions
import Synchronization
import TestSupport
import Wire

@testable import Broker

/// A broker on a directory of its own, reached over TLS.
final class BrokerFixture: Sendable {
    let directory = FileManager.default.temporaryDirectory.path + "/broker-" + UUID().uuidString
    let clock = TestClock()
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let diskGroup = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    private let clientGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    /// A clock that tests move.
    final class TestClock: MeshClock {
        private let time = Mutex(MeshInstant(milliseconds: 1_800_000_000_000))

        func now() -> MeshInstant { time.withLock { $0 } }

        func advance(by duration: Duration) { time.withLock { $0 += duration } }
    }

    /// Runs `body` with a broker and a client of it, then stops both, and removes the directory.
    static func with(
        depthMax: UInt64 = 1000, memory: Int = 1 << 20, peer: PeerIdentity = .operator("test"),
        _ body: (BrokerFixture, BrokerClient) async throws -> Void
    ) async throws {
        let fixture = BrokerFixture()
        defer { try? FileManager.default.removeItem(atPath: fixture.directory) }
        try await fixture.run(depthMax: depthMax, memory: memory, peer: peer, body)
        try await fixture.shutDown()
    }

    /// One life of the broker; the log stays for the next.
    func run(
        depthMax: UInt64 = 1000, memory: Int = 1 << 20, peer: PeerIdentity = .operator("test"),
        _ body: (BrokerFixture, BrokerClient) async throws -> Void
    ) async throws {
        let certificates = try TestCertificates.shared.get()
        let storage = try DiskDirectory(directory)
        var parts = BrokerService.Parts(
            storage: storage, clock: clock, log: Logger(label: "test"))
        parts.geometry = LogGeometry(segmentByteCount: 1 << 20)
        parts.recentByteCountMax = memory
        parts.queues = ["payment", "fulfillment"].compactMap { QueueName($0) }
        parts.policy = QueuePolicy(attemptsMax: 2, backoffBase: .zero, depthMax: depthMax)
        let service = try await BrokerService.open(
            parts,
            on: .init(owner: group.next(), writer: diskGroup.next(), helper: diskGroup.next())
        ) { _ in }
        let listener = try await MeshListener.bind(
            host: "127.0.0.1", port: 0,
            tls: try certificates.context(.server, .service("brokerd")), group: group
        ) { _ in service.value }
        let connection = MeshConnection(
            to: MeshEndpoint(host: "127.0.0.1", port: listener.port),
            tls: try certificates.context(.client, peer), name: "test", group: clientGroup)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await connection.run() }
            try await body(self, BrokerClient(connection))
            tasks.cancelAll()
        }
        await listener.drain(grace: .seconds(1))
        storage.unlock()
    }

    func shutDown() async throws {
        try await group.shutdownGracefully()
        try await diskGroup.shutdownGracefully()
        try await clientGroup.shutdownGracefully()
    }

    static func envelope(_ id: UInt64, body: String = "body") -> Envelope {
        Envelope(
            id: UniqueID(high: 7, low: id), trace: UniqueID(high: 1, low: id), group: .zero,
            tenant: "acme", priority: .normal, notBeforeMilliseconds: 0,
            body: ByteBuffer(string: body))
    }

    static func ack(_ delivery: Wire.Delivery, outputs: [Output] = []) -> Settlement {
        settlement(delivery, .ack, outputs: outputs)
    }

    static func settlement(
        _ delivery: Wire.Delivery, _ verdict: Verdict, reason: String = "",
        outputs: [Output] = []
    ) -> Settlement {
        Settlement(
            sequence: delivery.sequence, token: delivery.token, verdict: verdict,
            retryAfterMilliseconds: 0, reason: reason, outputs: outputs)
    }
}
