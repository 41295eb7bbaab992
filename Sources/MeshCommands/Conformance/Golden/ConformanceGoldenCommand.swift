// SPDX-License-Identifier: MIT
import ArgumentParser
import Conformance
import Foundation

/// `meshctl conformance golden -- DRIVER`: a server that tries clients.
struct ConformanceGoldenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "golden",
        abstract: "Try a client: a server that leads it through the numbered cases.",
        discussion: """
            The driver is a program that has the client do one thing: it is started for each case, \
            reads one line of JSON that says what, and writes one that says what came of it. See \
            protocol/conformance.md, Testing a client. Ends with how many passed.

                meshctl conformance golden -- python3 protocol/python/golden_driver.py
            """)

    @Option(
        help: "Directory of certificates, as `meshctl certs make` writes it; else they are made.")
    var certs: String?

    @Option(name: .customLong("case"), help: "Only this case, such as G-7; repeatable.")
    var ids: [String] = []

    @Flag(help: "List the cases instead of running them.")
    var list = false

    @Flag(help: "Tell of each case, and not only of those that did not pass.")
    var verbose = false

    @Option(help: "Write the results as JUnit does, to this file.")
    var junit: String?

    @Option(help: "Write the results as a page for people, to this file.")
    var html: String?

    @Argument(parsing: .postTerminator, help: "The command that starts the driver, behind `--`.")
    var driver: [String] = []

    func validate() throws {
        guard list || !driver.isEmpty else {
            throw ValidationError("which driver? write its command behind --")
        }
        for id in ids where !GoldenSuite.cases.contains(where: { $0.id == id }) {
            throw ValidationError("no case is called \(id); --list tells them")
        }
    }

    func run() async throws {
        if list { return printList() }
        let scratch = FileManager.default.temporaryDirectory.appending(
            path: "golden-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        let run = GoldenRun(
            papers: try GoldenPapers(certificates: certs, scratch: scratch), command: driver,
            scratch: scratch)
        var results: [ReportedCase] = []
        for golden in chosen {
            let result = try await run.result(of: golden)
            results.append(result)
            if verbose || result.outcome != .passed { print(result) }
        }
        let report = ConformanceReport(results, subject: driver.joined(separator: " "))
        if let junit { try report.junit.write(toFile: junit, atomically: true, encoding: .utf8) }
        if let html { try report.html.write(toFile: html, atomically: true, encoding: .utf8) }
        print(report.summary)
        if results.contains(where: \.isFailure) { throw ExitCode.failure }
    }

    private func printList() {
        var table = TextTable("case", "rules", "what the client does", alignment: .left)
        for each in chosen { table.add(each.id, each.rules.joined(separator: " "), each.title) }
        print(table.text)
    }

    private var chosen: [GoldenCase] {
        ids.isEmpty ? GoldenSuite.cases : GoldenSuite.cases.filter { ids.contains($0.id) }
    }
}
