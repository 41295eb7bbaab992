// SPDX-License-Identifier: MIT
import TestSupport
import Testing

/// Invariant 5 for the built limiter: SIGKILL at any moment mints nothing, and costs less than a lease.
@Suite(.serialized) struct LimiterTortureTests {
    @Test func `a limiter that is killed twenty times keeps its ceiling`() async throws {
        let torture = try ToolProcess("meshctl", ["torture", "limiter", "--kills", "20"])
        let status = await torture.end()
        let account = torture.lines.last { $0.hasPrefix("accounted:") } ?? "\(torture.lines)"
        #expect(status == 0, "\(torture.lines)")
        #expect(account.hasSuffix("breaches=0"))
        #expect(!account.contains("busy=0 ") && !account.contains("restarts_judged=0 "))
    }
}
