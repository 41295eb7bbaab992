// SPDX-License-Identifier: MIT
import FoundationEssentials

/// The credentials of a role: kept until five minutes before they end, then asked for again by one
/// caller, while the others go on with those that hold.
package actor RoleCredentials {
    private typealias Outcome = Result<AWSCredentials, AWSError>

    private let endpoint: any RoleEndpoint
    private let now: @Sendable () -> Date
    private var known: RoleAnswer?
    /// Not asked again before, as long as what is known holds.
    private var nextAsk = Date.distantPast
    /// Callers who have nothing to go on with until whoever asks has an answer; nil when nobody asks.
    private var waiting: [CheckedContinuation<Outcome?, Never>]?

    private static let margin: TimeInterval = 300

    /// An address that answers badly or not at all costs a caller its time-out: one in ten seconds at most.
    private static let pause: TimeInterval = 10

    init(_ endpoint: any RoleEndpoint, now: @escaping @Sendable () -> Date = { Date() }) {
        self.endpoint = endpoint
        self.now = now
    }

    /// The credentials as they are now. While new ones are asked for, and when they cannot be had, those
    /// that are known serve to their end.
    func read() async throws(AWSError) -> AWSCredentials {
        while true {
            if let held, waiting != nil || now() < nextAsk { return held }
            guard waiting != nil else { return try await ask().get() }
            let outcome = await withCheckedContinuation { waiting?.append($0) }
            if let outcome { return try outcome.get() }
        }
    }

    /// How many have nothing to go on with.
    var waitingCount: Int { waiting?.count ?? 0 }

    /// What is known, to its end.
    private var held: AWSCredentials? {
        known.flatMap { now() < $0.end ? $0.credentials : nil }
    }

    private func ask() async -> Outcome {
        waiting = []
        var outcome: Outcome
        do throws(AWSError) {
            let answer = try await endpoint.ask()
            known = answer
            nextAsk = max(now() + Self.pause, answer.end - Self.margin)
            outcome = .success(answer.credentials)
        } catch {
            nextAsk = now() + Self.pause
            outcome = held.map { .success($0) } ?? .failure(error)
        }
        wakeOthers(outcome)
        return outcome
    }

    private func wakeOthers(_ outcome: Outcome) {
        var shared: Outcome? = outcome
        // Whoever asked has given up, which says nothing about the address: another asks.
        if case .failure = outcome, Task.isCancelled { shared = nil }
        let others = waiting ?? []
        waiting = nil
        for other in others { other.resume(returning: shared) }
    }
}
