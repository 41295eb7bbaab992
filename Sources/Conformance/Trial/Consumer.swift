// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Synchronization
import Wire

/// A subscription, and what came to it.
final class Consumer: Sendable {
    let peer: WirePeer
    let queue: String
    let subscription: UInt32
    private let arrived = Mutex<[Delivery]>([])

    init(_ peer: WirePeer, queue: String, subscription: UInt32) {
        self.peer = peer
        self.queue = queue
        self.subscription = subscription
    }

    /// Waits for so many deliveries, in the order in which they came.
    func next(_ count: Int, within duration: Duration? = nil) async throws -> [Delivery] {
        while arrived.withLock(\.count) < count {
            let expected = "\(count) deliveries"
            let frame = try await peer.hear(expected, within: duration) { [subscription] in
                Self.isDelivery($0, for: subscription)
            }
            let deliveries = try frame.decode(Deliver.self).deliveries
            arrived.withLock { $0 += deliveries }
        }
        return arrived.withLock { arrived in
            defer { arrived.removeFirst(count) }
            return Array(arrived.prefix(count))
        }
    }

    /// Waits for one delivery.
    func next(within duration: Duration? = nil) async throws -> Delivery {
        try await next(1, within: duration)[0]
    }

    /// Sees that nothing more comes for a while.
    func nothingMore(for quiet: Duration) async throws {
        let early = arrived.withLock(\.count)
        try require(early == 0, "no delivery", seen: "\(early) deliveries")
        let find = await peer.find(within: quiet) { [subscription] in
            Self.isDelivery($0, for: subscription)
        }
        switch find {
        case .silence: break
        case .ended(let reason): throw CaseFailure(expected: "no delivery", seen: reason)
        case .frame(let frame):
            let count = try frame.decode(Deliver.self).deliveries.count
            throw CaseFailure(expected: "no delivery", seen: "\(count) deliveries")
        }
    }

    func add(credit: UInt32) { peer.tell(Credit(subscription: subscription, credit: credit)) }

    func stop() async throws {
        _ = try await peer.call(StopConsuming(subscription: subscription), Stopped.self)
    }

    private static func isDelivery(_ frame: HeardFrame, for subscription: UInt32) -> Bool {
        guard frame.header.opcode == Opcode.deliver.rawValue else { return false }
        var reader = frame.body
        return reader.readInteger(endianness: .little, as: UInt32.self) == subscription
    }
}

// MARK: - Settle

extension Consumer {
    /// Settles one delivery.
    func settle(_ settlement: Settlement) async throws -> SettleResult {
        let request = Settle(queue: queue, settlements: [settlement])
        let results = try await peer.call(request, Settled.self).results
        try requireEqual(results.count, 1, "results in SETTLED:")
        return results[0]
    }

    /// Settles one delivery, which must be taken.
    func finish(
        _ delivery: Delivery, _ verdict: Verdict = .ack, after milliseconds: UInt32 = 0,
        reason: String = "", outputs: [Output] = []
    ) async throws {
        let settlement = delivery.settlement(
            verdict, after: milliseconds, reason: reason, outputs: outputs)
        let result = try await settle(settlement)
        try require(result.code == 0, "a settlement that is taken", seen: result.words)
    }

    /// Settles one delivery, which must be refused.
    @discardableResult
    func refusal(
        of settlement: Settlement, _ code: WireErrorCode
    ) async throws -> SettleResult {
        let result = try await settle(settlement)
        let isRight = result.code == code.rawValue && result.effect == .notApplied
        try require(isRight, "result \(code.name), not_applied", seen: result.words)
        return result
    }
}

extension Delivery {
    /// How it ends.
    func settlement(
        _ verdict: Verdict, after milliseconds: UInt32 = 0, reason: String = "",
        outputs: [Output] = []
    ) -> Settlement {
        Settlement(
            sequence: sequence, token: token, verdict: verdict,
            retryAfterMilliseconds: milliseconds, reason: reason, outputs: outputs)
    }
}

extension SettleResult {
    /// Code and effect: what programs act on.
    var words: String {
        code == 0 ? "result done" : "result \(ErrorReply.name(code)), \(effect.wireName)"
    }
}
