// SPDX-License-Identifier: MIT
import Broker
import Logging
import NIOCore
import NIOEmbedded
import QueueState
import SecureTransport
import SegmentLog
import Sessions
import SimulatedMachine
import Synchronization

/// One life of a broker: the same service and sessions as in the daemon, on event loops that run
/// when they are told to. Nothing of it outlives the life but what it left on the disk.
final class SimulatedBroker {
    /// Owns the queues and the sessions.
    let owner = EmbeddedEventLoop()
    /// Writes the log when it is run.
    let writer = EmbeddedEventLoop()
    /// Reads back, and makes and takes back segments, when it is run.
    let helper = EmbeddedEventLoop()
    /// Writes snapshots when it is run.
    let archive = EmbeddedEventLoop()
    let service: BrokerService
    private let sessions: LoopSessions
    private let verdict = Verdict()

    /// What the broker said when it ended itself.
    private final class Verdict: Sendable {
        let failure = Mutex<LogError?>(nil)
    }

    private static let log = Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() }

    /// Recovers what is on the disk.
    ///
    /// - Throws: `LogError`, as the daemon would end with it.
    init(
        _ rules: SimulationRules, on storage: any SegmentStorage, clock: SimulatedClock,
        random: SplitMix64
    ) throws {
        var parts = BrokerService.Parts(storage: storage, clock: clock, log: Self.log)
        parts.geometry = rules.geometry
        parts.limits = rules.limits
        // Small, so that much is read back from the disk.
        parts.recentByteCountMax = 12 << 10
        parts.inlineByteCountMax = rules.inlineByteCountMax
        parts.queues = (0..<SimulationRules.queueCount).compactMap {
            QueueName(ClientRequest.name($0))
        }
        parts.policy = rules.policy
        parts.random = random
        let verdict = verdict
        let loops = BrokerService.Loops(
            owner: owner, writer: writer, helper: helper, archive: archive)
        do {
            service = try BrokerService.open(parts, on: loops) { error in
                verdict.failure.withLock { $0 = error }
            }
        } catch {
            try Self.shutDown([owner, writer, helper, archive])
            throw error
        }
        sessions = LoopSessions(
            service: service, log: Self.log, eventLoop: owner, random: random)
    }

    /// Why the broker ended itself; nil while it has not.
    var failure: LogError? { verdict.failure.withLock { $0 } }

    /// Opens a connection whose peer is an operator, who may do everything.
    func connect(_ number: Int) throws -> SimulatedConnection {
        let handler = sessions.makeHandler(
            id: UInt64(number), limits: SessionLimits(), serverName: "brokerd")
        let channel = EmbeddedChannel(loop: owner)
        try channel.pipeline.syncOperations.addHandler(handler)
        channel.connect(to: try SocketAddress(unixDomainSocketPath: "simulation"), promise: nil)
        channel.pipeline.fireUserInboundEventTriggered(
            TLSHandshakeCompleted(
                peer: .operator("simulator"), applicationProtocol: "order-mesh/1"))
        return SimulatedConnection(number: number, channel: channel)
    }

    /// Ends the process: its loops run no more, and its connections are gone.
    func end(_ connections: [SimulatedConnection]) throws {
        for connection in connections where connection.isHeldByBroker {
            connection.channel.close(promise: nil)
        }
        try Self.shutDown([archive, helper, writer, owner])
        // Answers of the disk that came too late.
        for loop in [owner, writer, helper, archive] { loop.run() }
    }

    private static func shutDown(_ loops: [EmbeddedEventLoop]) throws {
        for loop in loops { try loop.syncShutdownGracefully() }
    }

    // MARK: - What it holds

    var contents: [[MessageView]] { names.map { service.contents(of: $0) } }

    var isPaused: [Bool] { names.map { service.isPaused($0) } }

    var depths: [UInt64] { names.map { service.depth(of: $0) } }

    private var names: [QueueName] {
        (0..<SimulationRules.queueCount).compactMap { QueueName(ClientRequest.name($0)) }
    }
}
