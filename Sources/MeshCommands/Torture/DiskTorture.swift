// SPDX-License-Identifier: MIT
import Foundation
import NIOCore
import Orders
import ServiceClients
import Sessions
import Wire

/// A broker on a disk that fills or fails, and what its clients were told meanwhile.
struct DiskTorture {
    let broker: TorturedDaemon
    let client: BrokerClient

    /// Whole pages, so that a small disk is full soon.
    private static let bodyByteCount = 4000
    private static let batchCount = 20
    private static let settledCount = 20
    private static let patience = Duration.seconds(60)

    // MARK: - A disk that fills

    func fill(killCount: Int) async throws {
        var ids: [UniqueID] = []
        try await awaitService()
        while try await publish(into: &ids) {}
        print("full: published=\(ids.count)")
        var settled: Set<UniqueID> = []
        for _ in 0..<killCount {
            settled.formUnion(try await settle(Self.settledCount))
            try await broker.killOnce()
            try await awaitService()
            var more: [UniqueID] = []
            guard try await !publish(into: &more) else {
                throw CommandError("a broker takes messages on a full disk")
            }
        }
        print("killed: kills=\(killCount) settled=\(settled.count)")
        settled.formUnion(try await settle(ids.count - settled.count))
        try await account(for: ids, settled)
        try await publishAgain()
        print("accounted: published=\(ids.count) settled=\(settled.count) breaches=0")
    }

    /// One batch; false when the disk is full.
    private func publish(into ids: inout [UniqueID]) async throws -> Bool {
        let messages = (0..<Self.batchCount).map { _ in Self.makeMessage() }
        do throws(CallError) {
            _ = try await client.publish(messages, to: TortureLoad.queue)
            ids += messages.map(\.id)
            return true
        } catch {
            guard error.code == .diskFull, error.effect == .notApplied, error.retryAfter != nil
            else { throw error }
            return false
        }
    }

    private func publishAgain() async throws {
        var ids: [UniqueID] = []
        let end = ContinuousClock.now + Self.patience
        while try await !publish(into: &ids) {
            guard .now < end else { throw CommandError("drained, and still called full") }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    // MARK: - A disk that fails

    func fail(with failing: String, mendedBy mending: String) async throws {
        var ids: [UniqueID] = []
        try await awaitService()
        for _ in 0..<20 { _ = try await publish(into: &ids) }
        try ShellCommand.run(failing)
        var later: [UniqueID] = []
        do throws(CallError) {
            _ = try await client.publish(
                (0..<Self.batchCount).map { _ in Self.makeMessage() }, to: TortureLoad.queue)
            throw CallError(.failed, message: "a message is taken by a disk that failed")
        } catch {
            guard error.code == .storageFailed || error.code == .connectionLost else { throw error }
            print("failed: answer=\(error.code)")
        }
        let end = await broker.awaitEnd()
        guard !end.isSignal, end.status != 0 else {
            throw CommandError("brokerd on a disk that failed: \(end)")
        }
        print("ended: \(end)")
        try ShellCommand.run(mending)
        try await broker.startAgain()
        try await awaitService()
        let settled = try await settle(ids.count, atLeast: Set(ids))
        try await account(for: ids, settled)
        _ = try await publish(into: &later)
        print("accounted: published=\(ids.count) settled=\(settled.count) breaches=0")
    }

    // MARK: - Pieces

    /// The connection comes back by itself.
    private func awaitService() async throws {
        let end = ContinuousClock.now + Self.patience
        while true {
            do throws(CallError) {
                _ = try await client.stats(of: TortureLoad.queue)
                return
            } catch {
                guard .now < end else { throw error }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Settles `count` messages, each with a write of its own, or until all of `ids` are.
    private func settle(
        _ count: Int, atLeast ids: Set<UniqueID>? = nil
    ) async throws -> Set<UniqueID> {
        var settled: Set<UniqueID> = []
        guard count > 0 else { return settled }
        let subscription = try await client.consume(
            TortureLoad.queue, credit: UInt32(Self.settledCount))
        for try await batch in subscription where client.isCurrent(batch) {
            for delivery in batch.deliveries {
                let settlement = Settlement(
                    sequence: delivery.sequence, token: delivery.token, verdict: .ack,
                    retryAfterMilliseconds: 0, reason: "", outputs: [])
                let result = try await client.settle([settlement], in: TortureLoad.queue)
                guard result.first?.code == 0 else {
                    throw CommandError("a settlement is refused: \(result)")
                }
                settled.insert(delivery.message.id)
            }
            client.grant(batch.deliveries.count, for: batch, of: subscription)
            if settled.count >= count, ids?.isSubset(of: settled) ?? true { break }
        }
        try await client.stop(subscription)
        return settled
    }

    private func account(for ids: [UniqueID], _ settled: Set<UniqueID>) async throws {
        guard settled.isSuperset(of: ids) else {
            throw CommandError("\(Set(ids).subtracting(settled).count) messages were not delivered")
        }
        let standings = try await client.standings(
            of: ids.prefix(1000).map { MessageID($0) }, in: TortureLoad.queue)
        guard standings.allSatisfy({ $0 == .settled }) else {
            throw CommandError("a message is not settled, though its settlement was taken")
        }
    }

    private static func makeMessage() -> Envelope {
        var generator = SystemRandomNumberGenerator()
        let id = UniqueID(high: generator.next(), low: generator.next())
        return Envelope(
            id: id, trace: id, group: .zero, tenant: "tenant", priority: .normal,
            notBeforeMilliseconds: 0, body: ByteBuffer(repeating: 7, count: bodyByteCount))
    }
}
