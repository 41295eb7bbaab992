// SPDX-License-Identifier: MIT
import Daemon
import Foundation
import HTTPCalls
import Orders
import PostgresStore
import Synchronization

/// Checks again and again what holds at any instant, past all proxies.
final class ChaosWatch: Sendable {
    private let audit: ChaosAudit
    /// Nil when the books are in the database.
    private let stripe: StripeAudit?
    private let always: [ChaosCheck]
    private let files: ReceiptFiles
    private let answers: ChaosAnswers
    private let log: ChaosLog
    private let state = Mutex(State())

    private struct State {
        var checkCount = 0
        /// Rounds for which the database did not answer.
        var postponedCount = 0
        var breaches: [ChaosBreach] = []
        var known: Set<ChaosBreach> = []
        var acceptedCount = 0
        var since = MeshInstant(milliseconds: 0)
        var stripe: StripeAudit.Totals?
    }

    /// A transaction that was stopped for so long commits receipts of then.
    private static let overlapMilliseconds: UInt64 = 60_000

    init(
        audit: ChaosAudit, stripe: StripeAudit?, files: ReceiptFiles, answers: ChaosAnswers,
        log: ChaosLog
    ) {
        self.audit = audit
        self.stripe = stripe
        always = ChaosCheck.always(stripe == nil ? .ledger : .stripe)
        self.files = files
        self.answers = answers
        self.log = log
    }

    var checkCount: Int { state.withLock(\.checkCount) }
    var postponedCount: Int { state.withLock(\.postponedCount) }
    /// What there is at Stripe, once all is at rest.
    var stripeTotals: StripeAudit.Totals? { state.withLock(\.stripe) }
    /// In the sequence in which they were found, each once.
    var breaches: [ChaosBreach] { state.withLock(\.breaches) }

    /// Checks every `interval` until cancelled.
    func run(every interval: Duration) async throws {
        while true {
            try await Task.sleep(for: interval)
            do {
                try await check()
                try await checkStripe()
            } catch let error as PostgresError {
                postpone(error)
            } catch let error as HTTPCallError {
                postpone(error)
            }
        }
    }

    /// Killed or stopped: that is what the run is about.
    private func postpone(_ error: any Error) {
        state.withLock { $0.postponedCount += 1 }
        log.note("check postponed: \(error)")
    }

    /// What stands at Stripe, against the database.
    private func checkStripe() async throws {
        guard let stripe else { return }
        note(try await stripe.always())
        state.withLock { $0.checkCount += StripeAudit.alwaysCount }
    }

    /// One round of what holds always, over what is new.
    func check() async throws(PostgresError) {
        let (count, since) = state.withLock { ($0.acceptedCount, $0.since) }
        let accepted = answers.accepted(after: count)
        let begin = WallClock().now()
        let finding = try await audit.take(
            always, accepted: accepted, receiptsSince: since)
        note(finding.breaches + files.breaches(of: finding.receipts))
        state.withLock { state in
            state.checkCount += always.count + 2
            state.acceptedCount = count + accepted.count
            state.since = MeshInstant(
                milliseconds: begin.milliseconds - Self.overlapMilliseconds)
        }
    }

    /// All of what holds at rest, over everything.
    func checkAtRest() async throws {
        let finding = try await audit.take(
            always + ChaosCheck.atRest, accepted: answers.accepted(after: 0),
            receiptsSince: MeshInstant(milliseconds: 0))
        note(finding.breaches + files.breaches(of: finding.receipts))
        note(files.strays(beside: finding.receipts))
        state.withLock {
            $0.checkCount += always.count + ChaosCheck.atRest.count + 3
        }
        guard let stripe else { return }
        let (breaches, totals) = try await stripe.atRest()
        note(breaches)
        state.withLock {
            $0.checkCount += StripeAudit.alwaysCount + StripeAudit.atRestCount
            $0.stripe = totals
        }
    }

    func note(_ breaches: [ChaosBreach]) {
        let fresh = state.withLock { state in
            let fresh = breaches.filter { state.known.insert($0).inserted }
            state.breaches += fresh
            return fresh
        }
        for breach in fresh { log.say("breach: \(breach.text)") }
    }
}
