// SPDX-License-Identifier: MIT
import ArgumentParser

/// `meshctl bench`: measures a daemon over TLS, as its clients meet it.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure a daemon over TLS, as its clients meet it.",
        subcommands: [
            BenchPublishCommand.self, BenchConsumeCommand.self, BenchRoundtripCommand.self,
            BenchBacklogCommand.self, BenchLimitCommand.self, BenchAdmissionCommand.self,
            BenchIdempotencyCommand.self, BenchOrdersCommand.self,
        ])
}
