// SPDX-License-Identifier: MIT
import ServiceClients
import Sessions
import Wire

/// Where things are moved from, and where to.
struct MigrationEnds: Sendable {
    let source: BrokerClient
    let target: BrokerClient
    /// Nil where no limiter is moved.
    let sourceLimiter: LimiterClient?
    let targetLimiter: LimiterClient?
    /// Nil where no keys are kept: with a broker.
    let sourceKeys: KeyClient?
    let targetKeys: KeyClient?
    /// For the audit of both.
    let who: String

    static let why = "cloud migrate"

    /// Asks until there is an answer: for what does no harm when it is repeated.
    static func insist<Answer>(
        until deadline: ContinuousClock.Instant, _ call: () async throws(CallError) -> Answer
    ) async throws -> Answer {
        while true {
            do throws(CallError) {
                return try await call()
            } catch {
                let mayPass = [.unavailable, .notConnected, .connectionLost, .deadlineExceeded]
                    .contains(error.code)
                guard mayPass, ContinuousClock.now < deadline else { throw error }
                try await Task.sleep(for: error.retryAfter ?? .milliseconds(500))
            }
        }
    }
}

extension BrokerClient {
    func queueNames() async throws(CallError) -> [String] {
        try await stats().queues.map(\.queue).sorted()
    }

    /// What a queue holds; nil when there is no such queue.
    func holding(of queue: String) async throws(CallError) -> QueueHolding? {
        do throws(CallError) {
            return try await stats(of: queue).queues.first.map(QueueHolding.init)
        } catch {
            if error.code == .unknownQueue { return nil }
            throw error
        }
    }
}

/// How many messages a queue holds.
struct QueueHolding: Codable, Equatable, Sendable {
    /// Ready, on lease, or not due yet.
    var live: UInt64
    var dead: UInt64

    init(live: UInt64, dead: UInt64) {
        self.live = live
        self.dead = dead
    }

    init(_ statistics: QueueStatistics) {
        self.init(
            live: statistics.ready + statistics.leased + statistics.delayed, dead: statistics.dead)
    }
}
