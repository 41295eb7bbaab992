// SPDX-License-Identifier: MIT
import Conformance
import Foundation
import SecureTransport

/// Leads one client through cases, one after the other.
struct GoldenRun: Sendable {
    let papers: GoldenPapers
    /// The command that starts the driver, with its arguments.
    let command: [String]
    let scratch: URL

    private enum Part: Sendable {
        case words(GoldenDriver.Words)
        case script(GoldenFailure?)
    }

    /// - Throws: what is wrong with this side, such as certificates that are not there.
    func result(of golden: GoldenCase) async throws -> ReportedCase {
        let start = ContinuousClock.now
        let outcome = try await outcome(of: golden)
        return ReportedCase(
            subject: "client", id: golden.id, rule: golden.rules.joined(separator: ","),
            title: golden.title, outcome: outcome, duration: .now - start)
    }

    private func outcome(of golden: GoldenCase) async throws -> CaseResult.Outcome {
        let server = try await GoldenServer.bind(
            try papers.face(golden.guise, of: golden.instruction.service))
        defer { server.close() }
        let driver = try GoldenDriver(
            command, instruction(golden, port: server.port), in: scratch)
        let (words, failure) = await withTaskGroup(of: Part.self) { parts in
            parts.addTask {
                defer { server.close() }
                return .words(await driver.words())
            }
            parts.addTask {
                let failure = await Self.play(golden.script, server)
                if failure != nil { driver.abandon() }
                return .script(failure)
            }
            var words: GoldenDriver.Words?
            var failure: GoldenFailure?
            for await part in parts {
                switch part {
                case .words(let said): words = said
                case .script(let met): failure = met
                }
            }
            return (words, failure)
        }
        return Self.judge(golden, words, failure)
    }

    private func instruction(_ golden: GoldenCase, port: Int) -> GoldenInstruction {
        var instruction = golden.instruction
        instruction.case = golden.id
        instruction.host = "127.0.0.1"
        instruction.port = port
        instruction.ca = papers.client.trustRoots
        instruction.cert = papers.client.certificate
        instruction.key = papers.client.privateKey
        return instruction
    }

    private static func play(
        _ script: [GoldenStep], _ server: GoldenServer
    ) async -> GoldenFailure? {
        do throws(GoldenFailure) {
            try await GoldenScript(server.connections).play(script)
            return nil
        } catch {
            return error
        }
    }

    /// What the client did counts before what its driver says of it.
    private static func judge(
        _ golden: GoldenCase, _ words: GoldenDriver.Words?, _ failure: GoldenFailure?
    ) -> CaseResult.Outcome {
        func failed(_ seen: String) -> CaseResult.Outcome {
            .failed(CaseFailure(expected: golden.title, seen: seen))
        }
        let outcome = words?.outcome
        if let outcome, outcome.outcome == .unsupported {
            return .skipped(reason: outcome.message ?? "the client has no such thing")
        }
        if let failure {
            let complaint = words.map { $0.complaint.isEmpty ? "" : "; driver: \($0.complaint)" }
            return failed(failure.description + (complaint ?? ""))
        }
        guard let outcome, words?.end.status == 0 else {
            let end = words.map { "\($0.end): \($0.complaint)" } ?? "no end"
            return failed("the driver told no outcome (\(end))")
        }
        return golden.expectation.problem(with: outcome).map(failed) ?? .passed
    }
}
