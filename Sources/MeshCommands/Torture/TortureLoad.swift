// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import ServiceClients
import Sessions
import SimulatedMachine
import Synchronization
import Wire

/// Publishers that repeat until they are answered, and consumers that settle in every way.
final class TortureLoad: Sendable {
    static let queue = "torture"
    static let outputQueue = "torture-out"

    /// What becomes of a message by a settlement.
    enum End {
        case settled, dead, waiting
    }

    private let publisher: BrokerClient
    private let ledger: TortureLedger
    private let seed: UInt64
    private let isStopping = Atomic(false)

    private static let laneCount = 24
    /// Every so many lanes publish in batches.
    private static let batchLaneStride = 6
    private static let batchCount = 20

    init(publisher: BrokerClient, ledger: TortureLedger, seed: UInt64) {
        self.publisher = publisher
        self.ledger = ledger
        self.seed = seed
    }

    /// Lets what was begun be finished, and begins nothing more.
    func stop() { isStopping.store(true, ordering: .relaxed) }

    // MARK: - Publishing

    func addPublishers(to tasks: inout ThrowingTaskGroup<Void, any Error>) {
        for lane in 0..<Self.laneCount {
            tasks.addTask { try await self.publish(lane) }
        }
    }

    private func publish(_ lane: Int) async throws {
        var random = SplitMix64(seed: seed &+ UInt64(lane) << 32)
        let count = lane % Self.batchLaneStride == 0 ? Self.batchCount : 1
        while !isStopping.load(ordering: .relaxed) {
            let messages = (0..<count).map { _ in Self.makeMessage(&random) }
            while try await !isStored(messages) {
                try await Task.sleep(for: .milliseconds(5))
            }
            ledger.published(messages.map(\.id))
        }
    }

    private func isStored(_ messages: [Envelope]) async throws -> Bool {
        do throws(CallError) {
            if messages.count == 1 {
                _ = try await publisher.publish(messages[0], to: Self.queue)
            } else {
                _ = try await publisher.publish(messages, to: Self.queue)
            }
            return true
        } catch {
            guard Self.isOfTheCrash(error) else { throw error }
            return false
        }
    }

    /// Whether a broker that is killed explains it.
    private static func isOfTheCrash(_ error: CallError) -> Bool {
        switch error.code {
        case .notConnected, .connectionLost, .deadlineExceeded: true
        default: false
        }
    }

    private static func makeMessage(_ random: inout SplitMix64) -> Envelope {
        let id = UniqueID(high: random.next(), low: random.next())
        let byteCount = Int.random(in: 50...400, using: &random)
        return Envelope(
            id: id, trace: id, group: .zero, tenant: "tenant-\(id.low % 4)",
            priority: random.once(in: 50) ? .compensation : .normal, notBeforeMilliseconds: 0,
            body: ByteBuffer(repeating: UInt8(truncatingIfNeeded: id.low), count: byteCount))
    }

    // MARK: - Consuming

    private static let credit: UInt32 = 200

    /// Takes and settles what comes, until it is cancelled.
    func consume(with client: BrokerClient) async throws {
        let subscription = try await client.consume(Self.queue, credit: Self.credit)
        for try await batch in subscription where client.isCurrent(batch) {
            ledger.delivered(batch.deliveries.count)
            let settlements = batch.deliveries.map(Self.settlement)
            do throws(CallError) {
                let results = try await client.settle(settlements, in: Self.queue)
                for (index, delivery) in batch.deliveries.enumerated() {
                    ledger.settled(delivery, settlements[index].verdict, results[index])
                }
            } catch {
                guard Self.isOfTheCrash(error) else { throw error }
                if error.effect == .maybeApplied { noteLost(batch.deliveries, settlements) }
            }
            client.grant(batch.deliveries.count, for: batch, of: subscription)
        }
    }

    private func noteLost(_ deliveries: [Delivery], _ settlements: [Settlement]) {
        for (delivery, settlement) in zip(deliveries, settlements) {
            ledger.maybeSettled(delivery, settlement.verdict)
        }
    }

    /// The verdict follows from message and attempt, so that it needs no memory.
    private static func settlement(_ delivery: Delivery) -> Settlement {
        let chance = (delivery.message.id.low >> 8 &+ UInt64(delivery.acquired) &* 37) % 100
        let verdict: Verdict =
            switch chance {
            case 0..<3: .dead
            case 3..<12: .retry
            case 12..<15: .release
            default: .ack
            }
        let hasOutput = verdict == .ack && hasOutput(delivery.message.id)
        return Settlement(
            sequence: delivery.sequence, token: delivery.token, verdict: verdict,
            retryAfterMilliseconds: 0, reason: "torture",
            outputs: hasOutput ? [output(of: delivery.message)] : [])
    }

    static func end(of delivery: Delivery, _ verdict: Verdict) -> End {
        switch verdict {
        case .ack: .settled
        case .dead: .dead
        case .retry: delivery.attempt >= delivery.attemptsMax ? .dead : .waiting
        case .release: .waiting
        }
    }

    /// Whether settling the message publishes another.
    static func hasOutput(_ id: UniqueID) -> Bool { id.low % 4 == 0 }

    /// The id of that one.
    static func outputID(of id: UniqueID) -> UniqueID {
        UniqueID(high: ~id.high, low: id.low)
    }

    private static func output(of message: Envelope) -> Output {
        let id = outputID(of: message.id)
        let envelope = Envelope(
            id: id, trace: message.trace, group: .zero, tenant: message.tenant, priority: .normal,
            notBeforeMilliseconds: 0, body: ByteBuffer(string: "made"))
        return Output(queue: outputQueue, message: envelope, delayMilliseconds: 0)
    }
}
