// SPDX-License-Identifier: MIT
import Daemon
package import Logging
package import NIOCore
package import Orders
package import QueueState
package import SegmentLog
package import Sessions

extension BrokerService {
    /// What a broker is made of.
    package struct Parts: Sendable {
        package var storage: any SegmentStorage
        package var geometry = LogGeometry()
        package var limits = EngineLimits()
        package var recentByteCountMax = 128 << 20
        /// Batches up to this long are written by the owner of the queues itself.
        package var inlineByteCountMax = 16 << 10
        package var queues: [QueueName] = []
        package var policy = QueuePolicy()
        /// Of queues that have another.
        package var policies: [QueueName: QueuePolicy] = [:]
        package var access = AccessPolicy.stages
        package var clock: any MeshClock
        package var random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
        package var log: Logger

        package init(storage: any SegmentStorage, clock: any MeshClock, log: Logger) {
            self.storage = storage
            self.clock = clock
            self.log = log
        }
    }

    /// The event loops that a broker runs on; in the daemon, a thread each.
    package struct Loops: Sendable {
        /// Owns the queues and all sessions.
        let owner: any EventLoop
        /// Writes the log and does nothing else.
        let writer: any EventLoop
        /// Does all other work on the disk.
        let helper: any EventLoop
        /// Writes what takes long and nobody waits for: snapshots.
        let archive: any EventLoop

        /// - Parameter archive: the helper's by default.
        package init(
            owner: any EventLoop, writer: any EventLoop, helper: any EventLoop,
            archive: (any EventLoop)? = nil
        ) {
            self.owner = owner
            self.writer = writer
            self.helper = helper
            self.archive = archive ?? helper
        }
    }

    /// Recovers the log, declares the queues, and begins to make this start durable; nothing is
    /// answered before it is. To be called on `loops.owner`; blocks it while the log is read.
    ///
    /// - Parameter onFailure: called once, when the disk failed and the process must end.
    package static func open(
        _ parts: Parts, on loops: Loops, onFailure: @escaping @Sendable (LogError) -> Void
    ) throws -> BrokerService {
        var random: any RandomNumberGenerator = parts.random
        let engine = try QueueEngine.recover(
            parts.storage, geometry: parts.geometry, limits: parts.limits,
            newLogID: max(random.next(), 1), now: parts.clock.now())
        logRecovery(engine.recovery, to: parts.log)
        let disk = BrokerDisk(
            storage: parts.storage, geometry: parts.geometry, after: engine.logEnd,
            owner: loops.owner, writerLoop: loops.writer, helperLoop: loops.helper,
            archiveLoop: loops.archive)
        let service = BrokerService(
            engine: engine, memory: BodyMemory(byteCountMax: parts.recentByteCountMax),
            disk: disk, inlineWriting: InlineWriting(byteCountMax: parts.inlineByteCountMax),
            policy: parts.access, clock: parts.clock, random: random, log: parts.log,
            eventLoop: loops.owner, onFailure: onFailure)
        try service.start(parts.queues.map { ($0, parts.policies[$0] ?? parts.policy) })
        return service
    }

    /// The same from outside the loop.
    static func open(
        _ parts: Parts, on loops: Loops, onFailure: @escaping @Sendable (LogError) -> Void
    ) async throws -> NIOLoopBoundBox<BrokerService> {
        try await loops.owner.submit {
            NIOLoopBoundBox(
                try open(parts, on: loops, onFailure: onFailure), eventLoop: loops.owner)
        }.get()
    }

    private static func logRecovery(_ recovery: LogRecovery.Outcome, to log: Logger) {
        var facts = Logger.Metadata.keyed([.count: "\(recovery.recordCount)"])
        if let snapshot = recovery.snapshot {
            facts[LogKey.path.rawValue] = "\(snapshot.snapshotFileName)"
        }
        log.info("recovered", metadata: facts)
        guard let cut = recovery.cut else { return }
        log.notice(
            "cut a torn batch",
            metadata: .keyed([.path: "\(cut.segment.fileName)", .offset: "\(cut.offset)"]))
    }
}
