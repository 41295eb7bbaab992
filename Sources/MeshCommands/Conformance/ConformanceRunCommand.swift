// SPDX-License-Identifier: MIT
import ArgumentParser
import Conformance
import Foundation
import Sessions

/// `meshctl conformance HOST:PORT`: runs the numbered cases against a server.
struct ConformanceRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the numbered cases against a server; ends with how many passed.",
        discussion: """
            The server must not be in use meanwhile: the cases make queues and plans of their own, \
            and set the plan of the whole mesh for a moment. See protocol/conformance.md.
            """)

    enum Profile: String, CaseIterable, ExpressibleByArgument {
        case strict
        case bridge

        var profile: ConformanceProfile {
            switch self {
            case .strict: .strict
            case .bridge: .bridge
            }
        }
    }

    enum Service: String, CaseIterable, ExpressibleByArgument {
        case broker
        case limiter
        case all

        fileprivate var scopes: Set<ConformanceCase.Scope> {
            switch self {
            case .broker: [.session, .broker]
            case .limiter: [.session, .limiter]
            case .all: [.session, .broker, .limiter]
            }
        }
    }

    @Argument(help: "Where the server listens: HOST:PORT.")
    var address: MeshEndpoint?

    @Option(help: "Where the limiter listens, when that is elsewhere: HOST:PORT.")
    var limiter: MeshEndpoint?

    @Option(help: "What the server serves: broker, limiter or all.")
    var service = Service.all

    @Flag(help: "Try the broker's server as a keeper of idempotency keys as well; a bridge is one.")
    var keys = false

    @Flag(
        help:
            "Try the broker's server as a keeper of receipts as well; a bridge with a bucket is one."
    )
    var receipts = false

    @Option(help: "Directory of certificates, as `meshctl certs make` writes it.")
    var certificates = "certs"

    @Option(name: .customLong("case"), help: "Only these: B-12.2, B-12, or B; repeatable.")
    var patterns: [String] = []

    @Option(help: "What is known to differ: strict (nothing) or bridge (protocol/bridge.md).")
    var profile = Profile.strict

    @Flag(help: "List the cases instead of running them.")
    var list = false

    @Flag(help: "Tell of each case, and not only of those that did not pass.")
    var verbose = false

    @Option(help: "How long an answer may take.")
    var patience = DurationArgument(.seconds(20))

    @Option(help: "Write the results as JUnit does, to this file.")
    var junit: String?

    @Option(help: "Write the results as a page for people, to this file.")
    var html: String?

    func validate() throws {
        guard address != nil || list else {
            throw ValidationError("which server? write HOST:PORT")
        }
        for pattern in patterns where cases(matching: pattern).isEmpty {
            throw ValidationError("no case is called \(pattern); --list tells them")
        }
    }

    func run() async throws {
        if list { return printList() }
        let run = ConformanceRun(
            servers, passports: try Passports(directory: certificates), profile: profile.profile)
        let results = await run.run(chosenCases) { result in
            if verbose || result.outcome != .passed { print(result) }
        }
        let report = ConformanceReport(results, subject: subject)
        if let junit { try report.junit.write(toFile: junit, atomically: true, encoding: .utf8) }
        if let html { try report.html.write(toFile: html, atomically: true, encoding: .utf8) }
        print(report.summary)
        if results.contains(where: \.isFailure) { throw ExitCode.failure }
    }

    private func printList() {
        var table = TextTable("case", "needs", "what the server does", alignment: .left)
        for each in chosenCases { table.add(each.id, each.scope.rawValue, each.title) }
        print(table.text)
    }

    // MARK: - What was asked for

    private var servers: [ServerUnderTest] {
        guard let address else { return [] }
        let broker = ServerUnderTest(
            .broker, at: address, besides: besides, patience: patience.duration)
        let limiter = ServerUnderTest(
            .limiter, at: limiter ?? address, patience: patience.duration)
        return switch service {
        case .broker: [broker]
        case .limiter: [limiter]
        case .all: [broker, limiter]
        }
    }

    /// What the broker's server is tried as besides.
    private var besides: Set<ConformanceCase.Scope> {
        var besides: Set<ConformanceCase.Scope> = []
        guard service != .limiter else { return besides }
        if keys || profile == .bridge { besides.insert(.keys) }
        if receipts { besides.insert(.receipts) }
        return besides
    }

    private var subject: String {
        servers.map { "\($0.role.rawValue) at \($0.endpoint)" }.joined(separator: ", ")
            + (profile == .strict ? "" : ", profile \(profile.rawValue)")
    }

    private var chosenCases: [ConformanceCase] {
        guard !patterns.isEmpty else { return cases(matching: nil) }
        var known: Set<CaseID> = []
        return patterns.flatMap { cases(matching: $0) }.filter { known.insert($0.id).inserted }
    }

    private func cases(matching pattern: String?) -> [ConformanceCase] {
        ConformanceSuite.cases(
            in: service.scopes.union(list ? [.keys, .receipts] : besides), matching: pattern)
    }
}

extension MeshEndpoint: ExpressibleByArgument {
    /// `HOST:PORT`.
    package init?(argument: String) { self.init(argument) }
}
