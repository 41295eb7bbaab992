// SPDX-License-Identifier: MIT
import Orders
import ServiceClients
import Sessions
import SimulatedMachine
import Synchronization
import Wire

/// Lanes of takes for one tenant, each one after the other; what comes back goes into the ledger.
final class TakeLoad: Sendable {
    private let client: LimiterClient
    private let subject: TakeLedger.Subject
    private let ledger: TakeLedger
    private let seed: UInt64

    init(
        client: LimiterClient, subject: TakeLedger.Subject, ledger: TakeLedger, seed: UInt64
    ) {
        self.client = client
        self.subject = subject
        self.ledger = ledger
        self.seed = seed
    }

    func start(in tasks: inout ThrowingTaskGroup<Void, any Error>) {
        for lane in 0..<subject.laneCount {
            tasks.addTask { try await self.take(lane) }
        }
    }

    private func take(_ lane: Int) async throws {
        var random = SplitMix64(seed: seed &+ UInt64(lane) << 32)
        let tenant = TenantID(unchecked: subject.tenant)
        while !Task.isCancelled {
            let cost =
                random.once(in: 4) ? UInt32.random(in: 1...subject.costMax, using: &random) : 1
            let life = ledger.life
            let sent = ContinuousClock.now
            let decision: Decision
            do throws(CallError) {
                decision = try await client.take(cost, of: tenant)
            } catch {
                guard Self.isOfTheCrash(error) else { throw error }
                if error.effect == .maybeApplied { ledger.lost(subject.tenant, cost) }
                try await Task.sleep(for: .milliseconds(2))
                continue
            }
            ledger.answered(subject.tenant, cost, decision, from: sent, to: .now, askedIn: life)
            if !decision.granted { try await pause(decision, &random) }
        }
    }

    /// Comes back a little early, so that the edge of the ceiling is tried all the time.
    private func pause(_ decision: Decision, _ random: inout SplitMix64) async throws {
        let told = Int64(min(decision.retryAfterMilliseconds, 200))
        try await Task.sleep(for: .milliseconds(Int64.random(in: 0...max(1, told), using: &random)))
    }

    /// Whether a limiter that is killed explains it.
    private static func isOfTheCrash(_ error: CallError) -> Bool {
        switch error.code {
        case .notConnected, .connectionLost, .deadlineExceeded: true
        default: false
        }
    }
}
