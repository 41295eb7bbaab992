// SPDX-License-Identifier: MIT
import Daemon
import Logging
import NIOCore
import Orders
import QueueState
import SegmentLog
import Sessions

extension BrokerService {
    /// What a broker is made of.
    struct Parts: Sendable {
        var storage: any SegmentStorage
        var geometry = LogGeometry()
        var limits = EngineLimits()
        var recentByteCountMax = 128 << 20
        var queues: [QueueName] = []
        var policy = QueuePolicy()
        var access = AccessPolicy.stages
        var clock: any MeshClock
        var log: Logger
    }

    /// Recovers the log on `loop`, which will own it, declares the queues, and begins to make this
    /// start durable; nothing is answered before it is.
    ///
    /// - Parameters:
    ///   - writerLoop: writes the log and does nothing else.
    ///   - helperLoop: does all other work on the disk.
    static func open(
        _ parts: Parts, on loop: any EventLoop, writerLoop: any EventLoop,
        helperLoop: any EventLoop, onFailure: @escaping @Sendable (LogError) -> Void
    ) async throws -> NIOLoopBoundBox<BrokerService> {
        let disk = BrokerDisk(
            storage: parts.storage, geometry: parts.geometry, owner: loop,
            writerLoop: writerLoop, helperLoop: helperLoop)
        return try await loop.submit {
            let engine = try QueueEngine.recover(
                parts.storage, geometry: parts.geometry, limits: parts.limits,
                newLogID: .random(in: 1 ... .max), now: parts.clock.now())
            logRecovery(engine.recovery, to: parts.log)
            disk.open(after: engine.logEnd, geometry: parts.geometry)
            let service = BrokerService(
                engine: engine, memory: BodyMemory(byteCountMax: parts.recentByteCountMax),
                disk: disk, policy: parts.access, clock: parts.clock, log: parts.log,
                eventLoop: loop, onFailure: onFailure)
            try service.start(queues: parts.queues, policy: parts.policy)
            return NIOLoopBoundBox(service, eventLoop: loop)
        }.get()
    }

    private static func logRecovery(_ recovery: LogRecovery.Outcome, to log: Logger) {
        log.info(
            "recovered", metadata: .keyed([.count: "\(recovery.recordCount)"]))
        guard let cut = recovery.cut else { return }
        log.notice(
            "cut a torn batch",
            metadata: .keyed([.path: "\(cut.segment.fileName)", .offset: "\(cut.offset)"]))
    }
}
