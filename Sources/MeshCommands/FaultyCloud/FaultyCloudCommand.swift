// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// `meshctl faulty-cloud`: what a bridge must live with, between it and a stand-in for AWS.
struct FaultyCloudCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faulty-cloud",
        abstract: "Stand before a stand-in for AWS and spoil some of what passes.",
        discussion: """
            Says where it listens, and, when standard input ends, what passed and what it did to it: \
            requests throttled and failed, connections broken before and after the effect, answers that \
            come too late, messages delivered again and in another order.
            """)

    @Option(help: "Where the stand-in is, such as http://127.0.0.1:4566.")
    var upstream: String

    @Option(help: "Of a hundred requests, how many something happens to.")
    var percent = 6.0

    @Option(help: "The same seed draws the same faults.")
    var seed: UInt64 = 1

    @Option(help: "How many milliseconds late answers come: more than the bridge waits.")
    var lateness = 3_000

    func validate() throws {
        guard (0...50).contains(percent) else { throw ValidationError("--percent takes 0 to 50") }
    }

    func run() async throws {
        let cloud = try await FaultyCloud.open(
            to: upstream, plan: CloudFaultPlan(percent: percent, seed: seed),
            lateness: .milliseconds(lateness))
        FileHandle.standardOutput.write(
            Data("faulty-cloud: http://127.0.0.1:\(cloud.port)\n".utf8))
        var logger = Logger(label: "meshctl")
        logger.logLevel = .error
        let services: [any Service] = [cloud, ParentWatch()]
        let configuration = ServiceGroupConfiguration(
            services: services.map {
                .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup)
            },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        try await ServiceGroup(configuration: configuration).run()
        print(cloud.tally.text)
    }
}
