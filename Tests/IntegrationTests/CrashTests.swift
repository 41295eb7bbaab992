// SPDX-License-Identifier: MIT
import Foundation
import TestSupport
import Testing

/// Invariants 1 to 4 from outside: whoever dies in the middle of a thousand orders, the sums hold.
@Suite(.serialized) struct CrashTests {
    static let daemons = [
        "ingestd", "inventoryd", "paymentd", "fulfillmentd", "notificationd", "brokerd",
        "ratelimitd", "bridged",
    ]

    @Test func `a thousand orders add up, whichever daemon is killed in the middle`() async throws {
        let mesh = try await MeshProcess.start()
        for (index, daemon) in Self.daemons.enumerated() {
            let demo = try mesh.meshctl([
                "demo", "--orders", "1000", "--seed", "\(index)", "--account-only",
            ])
            try await demo.waitForLine { $0.contains("250 of 1000") }
            let before = try mesh.processID(of: daemon)
            try mesh.crash(daemon)
            let status = await demo.end()
            try await mesh.awaitRestart(of: daemon)
            let account = demo.lines.last { $0.hasPrefix("accounted:") } ?? "\(demo.lines)"
            #expect(status == 0, "\(daemon): \(account)")
            #expect(account.contains("sent=1000"), "\(daemon): \(account)")
            #expect(account.hasSuffix("ledger=balanced stock=balanced"), "\(daemon): \(account)")
            #expect(try mesh.processID(of: daemon) != before)
        }
        #expect(try await mesh.stop() == 0)
    }
}
