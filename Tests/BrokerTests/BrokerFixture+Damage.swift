// SPDX-License-Identifier: MIT
import DiskStorage
import Orders
import QueueState
import SegmentLog
import Testing

extension BrokerFixture {
    /// Leaves a log behind in which the first message of `payment` is dead, and what it holds is no
    /// envelope, though its record checks.
    ///
    /// - Returns: its id.
    func writeUnreadableLetter() throws -> UniqueID {
        let id = UniqueID(high: 7, low: 99)
        let storage = try DiskDirectory(directory)
        defer { storage.unlock() }
        let geometry = LogGeometry(segmentByteCount: 1 << 20)
        let now = clock.now()
        var engine = try QueueEngine.recover(
            storage, geometry: geometry, limits: EngineLimits(), newLogID: 7, now: now)
        var writer = SegmentWriter(storage: storage, after: engine.logEnd, geometry: geometry)
        func commit() throws {
            for batch in engine.takeBatches() {
                try writer.write(batch)
                engine.committed(batch.number, segment: batch.segment, now: now)
            }
        }
        let queue = try engine.declare(
            try #require(QueueName("payment")), QueuePolicy(attemptsMax: 2, backoffBase: .zero))
        engine.subscribe(ConsumerID(1), worker: "worker", credit: 1, to: queue)
        try [UInt8](repeating: 0xFF, count: 90).withUnsafeBytes { bytes in
            let message = OfferedMessage(
                id: MessageID(id), tenant: TenantKey(name: []), group: .none, notBefore: .epoch,
                isUrgent: false, envelope: bytes)
            _ = try engine.publish(message, to: queue, now: now)
        }
        try commit()
        var deliveries: [QueueState.Delivery] = []
        _ = engine.deliver(from: queue, now: now, isHeld: { _ in true }) { deliveries.append($0) }
        for delivery in deliveries {
            try engine.settle(
                SettlementRequest(
                    sequence: delivery.sequence, token: delivery.token, verdict: .dead,
                    reason: "broken"),
                on: queue, now: now, random: 0)
        }
        try commit()
        return id
    }
}
