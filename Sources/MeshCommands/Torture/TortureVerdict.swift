// SPDX-License-Identifier: MIT
import ArgumentParser

/// What a torture ends with: the breaches, the account, and a status that tells.
enum TortureVerdict {
    private static let shownCountMax = 20

    static func close(killCount: Int, summary: String, breaches: [String]) throws {
        for breach in breaches.prefix(shownCountMax) { print("breach: \(breach)") }
        print("accounted: kills=\(killCount) \(summary) breaches=\(breaches.count)")
        guard breaches.isEmpty else { throw ExitCode.failure }
    }
}
