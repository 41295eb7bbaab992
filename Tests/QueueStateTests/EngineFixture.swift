// SPDX-License-Identifier: MIT
import Orders
import QueueState
import SegmentLog
import SimulatedMachine

/// An engine with one queue, on a simulated disk; makes durable when told.
final class EngineFixture {
    static let queue = QueueNumber(0)
    static let geometry = LogGeometry(
        segmentByteCount: 32 << 10, blockByteCount: 512, batchByteCountMax: 8 << 10)

    let storage: SimulatedStorage
    var engine: QueueEngine
    var writer: SegmentWriter
    var now: MeshInstant
    var random = SplitMix64(seed: 5)
    /// What the last snapshot found in segments to be rewritten.
    var stragglers: [Straggler] = []
    private var spareIndex: UInt64 = 100

    init(
        _ storage: SimulatedStorage = SimulatedStorage(seed: 1),
        at now: MeshInstant = MeshInstant(milliseconds: 1_700_000_000_000),
        policy: QueuePolicy = QueuePolicy(leaseDuration: .seconds(10), backoffBase: .seconds(1)),
        limits: EngineLimits = EngineLimits()
    ) throws {
        self.storage = storage
        self.now = now
        engine = try QueueEngine.recover(
            storage, geometry: Self.geometry, limits: limits, newLogID: 7, now: now)
        writer = SegmentWriter(storage: storage, after: engine.logEnd, geometry: Self.geometry)
        if let name = QueueName("orders") { _ = try engine.declare(name, policy) }
        if let name = QueueName("next") { _ = try engine.declare(name, policy) }
        engine.subscribe(ConsumerID(1), worker: "worker", credit: 100, to: Self.queue)
        try commit()
    }

    func commit() throws {
        for batch in engine.takeBatches() {
            try writer.write(batch)
            engine.committed(batch.number, segment: batch.segment, now: now)
            try writeSnapshot(before: batch)
        }
    }

    func addSpare() throws {
        spareIndex += 1
        let keeper = SegmentKeeper(storage: storage, geometry: Self.geometry)
        engine.addSpare(try keeper.makeSpare(spareIndex))
    }

    private func writeSnapshot(before batch: LogBatch) throws {
        guard let snapshot = engine.takeSnapshot(before: batch) else { return }
        let report = try snapshot.write(to: storage, geometry: Self.geometry)
        engine.snapshotWritten(before: snapshot.segment, byteCount: report.byteCount)
        stragglers = report.stragglers
    }

    @discardableResult
    func publish(
        _ id: UInt64, urgent: Bool = false, notBefore: MeshInstant = .epoch,
        body: String = "body", tenant: String = "", group: UInt64 = 0,
        to queue: QueueNumber = queue
    ) throws(QueueRefusal) -> Publication {
        try withMessage(id, urgent, notBefore, body, tenant, group) {
            message throws(QueueRefusal) in
            try self.engine.publish(message, to: queue, now: self.now)
        }
    }

    func deliver(from queue: QueueNumber = queue) -> [Delivery] {
        var deliveries: [Delivery] = []
        _ = engine.deliver(from: queue, now: now, isHeld: { _ in true }) {
            deliveries.append($0)
        }
        return deliveries
    }

    func settle(
        _ delivery: Delivery, _ verdict: SettlementRequest.Verdict, reason: String = "",
        output: UInt64? = nil, to targets: [QueueNumber] = [QueueNumber(1)],
        on queue: QueueNumber = queue
    ) throws(QueueRefusal) {
        try withMessage(output ?? 0, false, .epoch, "out") {
            message throws(QueueRefusal) in
            try self.engine.settle(
                SettlementRequest(
                    sequence: delivery.sequence, token: delivery.token, verdict: verdict,
                    reason: reason, outputs: output == nil ? [] : targets.map { ($0, message) }),
                on: queue, now: self.now, random: .max / 2)
        }
    }

    func pass(_ duration: Duration) {
        now += duration
        engine.advance(to: now, using: &random)
    }

    private func withMessage<T>(
        _ id: UInt64, _ urgent: Bool, _ notBefore: MeshInstant, _ body: String,
        _ tenant: String = "", _ group: UInt64 = 0,
        _ use: (OfferedMessage) throws(QueueRefusal) -> T
    ) throws(QueueRefusal) -> T {
        let bytes = Array(body.utf8)
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { memory.deallocate() }
        memory.copyBytes(from: bytes)
        let owner = TenantKey(name: tenant.utf8)
        let message = OfferedMessage(
            id: Self.id(id), tenant: owner,
            group: GroupKey(UniqueID(high: 0, low: group), of: owner), notBefore: notBefore,
            isUrgent: urgent, envelope: .init(memory))
        return try use(message)
    }

    static func id(_ number: UInt64) -> MessageID { MessageID(UniqueID(high: 9, low: number)) }
}
