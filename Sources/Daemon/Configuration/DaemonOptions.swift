// SPDX-License-Identifier: MIT

import ArgumentParser
import FoundationEssentials

/// The command line of every daemon.
struct DaemonOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Read the configuration from a JSON file.", valueName: "file"))
    var config: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("Set one key, over file and environment.", valueName: "key=value"))
    var assignments: [String] = []

    @Option(help: "The name of this instance in logs and files; the program's own by default.")
    var name: String?

    @Flag(help: "Print the configuration that would be used, secrets redacted, and exit.")
    var printConfig = false

    @Flag(help: "Ask the daemon of this configuration whether it is ready, and exit 0 if so.")
    var healthCheck = false

    @Flag(help: "Ask the daemon of this configuration whether it is alive, and exit 0 if so.")
    var livenessCheck = false

    /// Reads the command line of `program`, or ends the process: with its help, or with status 64.
    ///
    /// - Parameter arguments: nil for the process's own.
    static func parseOrExit(as program: String, _ arguments: [String]? = nil) -> DaemonOptions {
        do {
            return try parse(arguments)
        } catch {
            let status = exitCode(for: error)
            let text = message(for: error, of: program) + "\n"
            status.isSuccess ? print(text, terminator: "") : StandardError.write(Array(text.utf8))
            exit(withError: status)
        }
    }

    /// One type is the command line of eight programs: its own name is none of theirs.
    static func message(for error: any Error, of program: String) -> String {
        fullMessage(for: error)
            .replacing("USAGE: daemon ", with: "USAGE: \(program) ")
            .replacing("Usage: daemon ", with: "Usage: \(program) ")
            .replacing("'daemon --help'", with: "'\(program) --help'")
    }

    /// What is presumed, file, environment and flags together.
    func source(
        presumed: [String: String] = [:], environment: [String: String]
    ) throws(ConfigurationError) -> ConfigurationSource {
        var flags: [String: String] = [:]
        for assignment in assignments {
            let parts = assignment.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw ConfigurationError(
                    .malformed, key: "--set", "'\(assignment)' is not key=value")
            }
            flags[String(parts[0])] = String(parts[1])
        }
        var file: [String: String] = [:]
        if let config { file = try ConfigurationFile(path: config).values }
        return ConfigurationSource(
            presumed: presumed, file: file, environment: environment, flags: flags)
    }
}
