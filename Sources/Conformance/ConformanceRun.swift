// SPDX-License-Identifier: MIT
import Foundation

/// Tries cases against servers: slow ones beside the others, so that a run is as long as its slowest
/// case and not as all of them.
package struct ConformanceRun: Sendable {
    private let servers: [ServerUnderTest]
    private let passports: Passports
    private let profile: ConformanceProfile
    /// Sets the names of this run apart from those of others.
    private let name = "c" + String(UInt32.random(in: 0x1000_0000 ... .max), radix: 16)

    /// Cases that run at once, beside the slow ones.
    private static let parallelMax = 12

    /// - Parameter servers: at most one of each role; none needs to serve what another does.
    package init(
        _ servers: [ServerUnderTest], passports: Passports, profile: ConformanceProfile = .strict
    ) {
        self.servers = servers
        self.passports = passports
        self.profile = profile
    }

    private typealias Pair = (case: ConformanceCase, server: ServerUnderTest)

    /// Runs each case against each server that serves what it needs.
    ///
    /// - Parameter report: called with each result, as they come.
    /// - Returns: all of them, by server and number.
    package func run(
        _ cases: [ConformanceCase], report: (CaseResult) -> Void = { _ in }
    ) async -> [CaseResult] {
        let pairs: [Pair] = servers.flatMap { server in
            cases.filter { server.serves($0.scope) }.map { ($0, server) }
        }
        var results: [CaseResult] = []
        await together(pairs.filter { $0.case.pace != .alone }) { result in
            report(result)
            results.append(result)
        }
        for pair in pairs where pair.case.pace == .alone {
            let result = await attempt(pair.case, pair.server)
            report(result)
            results.append(result)
        }
        return results.sorted { ($0.server, $0.case.id) < ($1.server, $1.case.id) }
    }

    private func together(_ pairs: [Pair], _ report: (CaseResult) -> Void) async {
        let slow = pairs.filter { $0.case.pace == .slow }
        var quick = pairs.filter { $0.case.pace == .quick }[...]
        var quickCount = 0
        await withTaskGroup(of: CaseResult.self) { tasks in
            for (each, server) in slow { tasks.addTask { await attempt(each, server) } }
            while true {
                while quickCount < Self.parallelMax, let (each, server) = quick.popFirst() {
                    quickCount += 1
                    tasks.addTask { await attempt(each, server) }
                }
                guard let result = await tasks.next() else { break }
                if result.case.pace == .quick { quickCount -= 1 }
                report(result)
            }
        }
    }

    private func attempt(
        _ each: ConformanceCase, _ server: ServerUnderTest
    ) async -> CaseResult {
        let begin = ContinuousClock.now
        let trial = Trial(each.id, server, passports, runName: name)
        let outcome = await Self.outcome { try await each.body(trial) }
        let duration = ContinuousClock.now - begin
        await trial.tidy()
        return CaseResult(
            case: each, server: server.role.rawValue,
            outcome: profile.judge(outcome, of: each.id), duration: duration)
    }

    private static func outcome(_ body: () async throws -> Void) async -> CaseResult.Outcome {
        do {
            try await body()
            return .passed
        } catch let failure as CaseFailure {
            return .failed(failure)
        } catch let skip as CaseSkip {
            return .skipped(reason: skip.reason)
        } catch {
            return .failed(CaseFailure(expected: "the case to run", seen: "\(error)"))
        }
    }
}
