// SPDX-License-Identifier: MIT
import Orders
import PostgresStore

/// Waits for a mesh to come to rest, as its database tells.
struct DemoWait: Sendable {
    let pool: PostgresPool
    let patience: Duration

    private static let pause = Duration.milliseconds(200)

    /// Waits until every order is final and its stock is settled; returns the sums, whatever they are,
    /// when patience ends.
    func untilFinal(_ orders: [UniqueID], run: String) async throws -> DemoAudit {
        let deadline = ContinuousClock.now + patience
        while true {
            let audit = try await DemoAudit.take(of: orders, run: run, on: pool)
            let isSettled = audit.unfinished == 0 && audit.isStockBalanced
            if isSettled || .now > deadline { return audit }
            try await Task.sleep(for: Self.pause)
        }
    }

    /// Asks until `condition` holds.
    ///
    /// - Throws: `CommandError` with `what` when patience ends first.
    func until(_ what: String, _ condition: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + patience
        while try await !condition() {
            guard .now < deadline else { throw CommandError("gave up waiting: \(what)") }
            try await Task.sleep(for: Self.pause)
        }
    }
}
