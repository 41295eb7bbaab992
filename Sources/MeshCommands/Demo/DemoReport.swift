// SPDX-License-Identifier: MIT

/// The account of a run: what was sent, and what became of each.
struct DemoReport: Sendable {
    let sent: Int
    let refused: Int
    let replayed: Int
    let audit: DemoAudit
    /// What does not hold besides, in words.
    var breaches: [String] = []

    init(outcomes: [DemoOutcome], audit: DemoAudit) {
        sent = outcomes.count
        refused = outcomes.count { $0.order == nil }
        replayed = outcomes.reduce(0) { $0 + $1.replayedCount }
        self.audit = audit
    }

    /// Whether every order is accounted for, and money and stock add up.
    var holds: Bool {
        missing == 0 && audit.unfinished == 0 && audit.isLedgerBalanced && audit.isStockBalanced
            && audit.wrongReceipts == 0 && breaches.isEmpty
    }

    /// Sent, and neither refused nor in any state that the database knows of.
    private var missing: Int {
        sent - refused - audit.fulfilled - audit.rejected - audit.declined - audit.unfinished
    }

    /// The line that scripts look for.
    var line: String {
        "accounted: sent=\(sent) fulfilled=\(audit.fulfilled) rejected=\(audit.rejected) "
            + "declined=\(audit.declined) refused=\(refused) replayed=\(replayed) "
            + "ledger=\(audit.isLedgerBalanced ? "balanced" : "broken") "
            + "stock=\(audit.isStockBalanced ? "balanced" : "broken")"
    }

    /// What does not hold, for people.
    var complaints: [String] {
        var complaints: [String] = []
        if missing != 0 { complaints.append("\(missing) orders are not accounted for") }
        if audit.unfinished > 0 { complaints.append("\(audit.unfinished) orders are not final") }
        if audit.wronglyCharged > 0 {
            complaints.append("\(audit.wronglyCharged) orders have a wrong net charge")
        }
        if audit.ledgerSum != 0 { complaints.append("the ledger sums to \(audit.ledgerSum)") }
        if audit.wrongStock > 0 { complaints.append("\(audit.wrongStock) products do not add up") }
        if audit.wrongReceipts > 0 {
            complaints.append("\(audit.wrongReceipts) orders have a wrong receipt")
        }
        return complaints + breaches
    }
}
