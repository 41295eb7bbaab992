// SPDX-License-Identifier: MIT
import TestSupport
import Testing

/// Invariants 1 and 6 for the built broker: what it answered outlives SIGKILL at any moment.
@Suite(.serialized) struct BrokerTortureTests {
    @Test func `a broker that is killed twenty times accounts for every message`() async throws {
        let torture = try ToolProcess("meshctl", ["torture", "broker", "--kills", "20"])
        let status = await torture.end()
        let account = torture.lines.last { $0.hasPrefix("accounted:") } ?? "\(torture.lines)"
        #expect(status == 0, "\(torture.lines)")
        #expect(account.hasSuffix("breaches=0"))
        #expect(!account.contains("published=0 ") && !account.contains("settled=0 "))
    }
}
