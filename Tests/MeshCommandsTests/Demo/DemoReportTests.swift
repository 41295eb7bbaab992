// SPDX-License-Identifier: MIT
import Orders
import Testing

@testable import MeshCommands

@Suite struct DemoReportTests {
    /// Four orders: one fulfilled, which came three times, one rejected, one declined, one refused.
    private func report(_ change: (inout DemoAudit) -> Void = { _ in }) throws -> DemoReport {
        var outcomes: [DemoOutcome] = []
        for number in UInt64(1)...3 {
            var outcome = DemoOutcome()
            let id = UniqueID(high: 0, low: number)
            try outcome.add(.accepted(id, isReplayed: false))
            if number == 1 {
                try outcome.add(.accepted(id, isReplayed: true))
                try outcome.add(.accepted(id, isReplayed: true))
            }
            outcomes.append(outcome)
        }
        var refused = DemoOutcome()
        try refused.add(.refused(code: "rate_limited"))
        outcomes.append(refused)
        var audit = DemoAudit(fulfilled: 1, rejected: 1, declined: 1)
        change(&audit)
        return DemoReport(outcomes: outcomes, audit: audit)
    }

    @Test func `a run that adds up holds and has nothing to complain of`() throws {
        let report = try report()
        #expect(report.holds)
        #expect(report.complaints == [])
        #expect(
            report.line == "accounted: sent=4 fulfilled=1 rejected=1 declined=1 refused=1 "
                + "replayed=2 ledger=balanced stock=balanced")
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        let complaint: String
        var words = ""
        let apply: @Sendable (inout DemoAudit) -> Void

        var testDescription: String { complaint }
    }

    static let faults = [
        Fault(complaint: "1 orders are not accounted for") { $0.fulfilled = 0 },
        Fault(complaint: "-1 orders are not accounted for") { $0.declined = 2 },
        Fault(complaint: "1 orders are not final") {
            $0.fulfilled = 0
            $0.unfinished = 1
        },
        Fault(complaint: "2 orders have a wrong net charge", words: "ledger=broken") {
            $0.wronglyCharged = 2
        },
        Fault(complaint: "the ledger sums to -7", words: "ledger=broken") { $0.ledgerSum = -7 },
        Fault(complaint: "1 products do not add up", words: "stock=broken") { $0.wrongStock = 1 },
        Fault(complaint: "3 orders have a wrong receipt") { $0.wrongReceipts = 3 },
    ]

    @Test(arguments: faults)
    func `a run that does not add up does not hold, and says why`(fault: Fault) throws {
        let report = try report(fault.apply)
        #expect(!report.holds)
        #expect(report.complaints == [fault.complaint])
        #expect(report.line.contains(fault.words) || fault.words.isEmpty)
    }

    @Test func `one key that became two orders ends the run`() throws {
        var outcome = DemoOutcome()
        try outcome.add(.accepted(UniqueID(high: 0, low: 1), isReplayed: false))
        #expect(throws: CommandError.self) {
            try outcome.add(.accepted(UniqueID(high: 0, low: 2), isReplayed: true))
        }
    }
}
