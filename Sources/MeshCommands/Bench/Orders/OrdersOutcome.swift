// SPDX-License-Identifier: MIT
import NIOCore
import Orders

/// What became of the orders of one run, and what it took.
struct OrdersOutcome: Sendable {
    let placedCount: Int
    let audit: DemoAudit
    let spent: MeshSpending
    let journey: OrderJourney
    /// From sending each order until its last event was heard of; those refused are errors.
    let sample: BenchSample
    /// From the first order sent until the last event was heard of.
    let elapsed: Duration
    /// What the first order that was refused was told.
    let complaint: String?
    /// What does not hold; empty when all is well.
    let complaints: [String]

    init(
        placed: [OrderMix.Placed], refusedCount: Int, complaint: String?, begin: NIODeadline,
        toldCount: Int, audit: DemoAudit, spent: MeshSpending, journey: OrderJourney,
        news: OrderNews
    ) {
        placedCount = placed.count
        self.audit = audit
        self.spent = spent
        self.journey = journey
        var sample = BenchSample()
        sample.errorCount = refusedCount
        var end = begin
        var unheardCount = 0
        for one in placed {
            guard let heard = news.last(of: one.order) else {
                unheardCount += 1
                continue
            }
            end = max(end, heard)
            sample.record((heard - one.begun).nanoseconds / 1000)
        }
        self.sample = sample
        elapsed = .nanoseconds((end - begin).nanoseconds)
        self.complaint = complaint
        complaints =
            Self.complaints(placed.count, audit)
            + (toldCount < placed.count
                ? ["of \(placed.count - toldCount) orders customers were not told"] : [])
            + (unheardCount > 0 ? ["\(unheardCount) orders were not heard of"] : [])
    }

    /// Stock and credit suffice: every order that was accepted must be fulfilled.
    private static func complaints(_ placedCount: Int, _ audit: DemoAudit) -> [String] {
        var complaints: [String] = []
        func demand(_ count: Int, _ what: String) {
            if count != 0 { complaints.append("\(count) \(what)") }
        }
        demand(placedCount - audit.fulfilled, "accepted orders are not fulfilled")
        demand(audit.wronglyCharged, "orders have a wrong net charge")
        demand(Int(audit.ledgerSum), "is the sum of the ledger")
        demand(audit.wrongStock, "products do not add up")
        demand(audit.wrongReceipts, "orders have a wrong receipt")
        return complaints
    }
}
