// SPDX-License-Identifier: MIT
import ArgumentParser

/// What every benchmark takes.
struct BenchOptions: ParsableArguments {
    @Flag(help: "Print one JSON array of objects.")
    var json = false

    @Option(help: "Connections to try, separated by commas.")
    var connections = "1,4"

    @Option(help: "Requests in flight on each connection, separated by commas.")
    var windows = "1,16,256,4096"

    @Option(help: "Seconds to measure in each case.")
    var seconds = 2.0

    @Option(help: "Seconds to run before measuring.")
    var warmUp = 0.5

    @Option(help: "Directory for data of the daemon that is measured; on the disk to be measured.")
    var directory: String?

    @Option(help: "Measure the daemon at this HOST:PORT instead of one of its own.")
    var address: String?

    @Option(help: "Directory of certificates, with --address.")
    var certificates: String?

    @Option(help: "Name of the certificate to use, with --address.")
    var identity = "operator"

    @Option(help: "Process id of the daemon, with --address, to measure its CPU time.")
    var pid: Int32?

    /// The cases, in the order of the table.
    func cases() throws -> [BenchCase] {
        let connections = try Self.numbers(connections, "--connections")
        let windows = try Self.numbers(windows, "--windows")
        return connections.flatMap { connections in
            windows.map { BenchCase(connections: connections, window: $0) }
        }
    }

    /// The numbers in `text`, separated by commas.
    static func numbers(
        _ text: String, _ option: String, in range: ClosedRange<Int> = 1...65_536
    ) throws -> [Int] {
        try text.split(separator: ",").map {
            guard let number = Int($0), range.contains(number) else {
                throw CommandError(
                    "\(option): '\($0)' is not a number from \(range.lowerBound) to "
                        + "\(range.upperBound)")
            }
            return number
        }
    }
}

/// One way to load a daemon.
struct BenchCase: Sendable {
    let connections: Int
    /// Requests in flight on each connection.
    let window: Int
}
