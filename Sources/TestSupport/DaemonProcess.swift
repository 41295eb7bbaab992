// SPDX-License-Identifier: MIT

package import Foundation
import Synchronization

/// A built daemon as a process of its own, told where to listen and asked where it does.
package final class DaemonProcess: Sendable {
    package let name: String
    private let process: Process
    private let output: DaemonOutput

    /// Starts `name` and waits until it has opened all of `listeners`.
    /// - Parameters:
    ///   - environment: the daemon's whole configuration, such as `MESH_LISTEN_PORT: "0"`.
    ///   - link: starts it by this name, which is made to lead to it.
    /// - Throws: when the program is not built, or ends before it listens; with its last words.
    package static func start(
        _ name: String, environment: [String: String],
        listeners: Set<String> = ["mesh", "admin"], as link: URL? = nil
    ) async throws -> DaemonProcess {
        let program = buildDirectory.appending(path: name)
        if let link {
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: program)
        }
        let daemon = try DaemonProcess(name, link ?? program, environment: environment)
        for await ports in daemon.output.changes where listeners.isSubset(of: ports.keys) {
            return daemon
        }
        throw Failed(name: name, lastWords: daemon.output.lastLines)
    }

    /// Runs `name` to its end, with an empty environment, in the source tree.
    /// - Returns: its exit status, and all that it wrote.
    package static func runToEnd(
        _ name: String, _ arguments: [String]
    ) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = buildDirectory.appending(path: name)
        process.currentDirectoryURL = URL(filePath: SourceTree.path(of: ""))
        process.arguments = arguments
        process.environment = [:]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    private init(_ name: String, _ program: URL, environment: [String: String]) throws {
        self.name = name
        let pipe = Pipe()
        let output = DaemonOutput()
        let process = Process()
        process.executableURL = program
        process.environment = environment
        process.standardError = pipe
        LineReader.start(pipe) { output.received($0) }
        process.terminationHandler = { output.ended(status: $0.terminationStatus) }
        self.output = output
        self.process = process
        try process.run()
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    /// Where it listens (`mesh`, `admin`, `http`); 0 when it does not.
    package func port(_ listener: String) -> Int { output.port(listener) }

    package var isRunning: Bool { process.isRunning }

    /// The last lines that it wrote; for the words of a failing test.
    package var lastLines: [String] { output.lastLines }

    /// Waits for its end; the exit status, or the signal that ended it.
    package func exitStatus() async -> Int32 { await output.exitStatus() }

    /// Sends a signal and waits for the end.
    /// - Returns: the exit status, or the signal that ended it.
    @discardableResult
    package func end(by signal: Int32 = SIGTERM) async -> Int32 {
        kill(process.processIdentifier, signal)
        return await output.exitStatus()
    }

    /// A daemon that did not come up.
    package struct Failed: Error {
        package let name: String
        package let lastWords: [String]
    }

    /// Where the programs are: beside the test bundle.
    package static var buildDirectory: URL {
        let arguments = ProcessInfo.processInfo.arguments
        let bundle = arguments.first { $0.hasSuffix(".xctest") } ?? arguments.first ?? "."
        return URL(filePath: bundle).deletingLastPathComponent()
    }
}
