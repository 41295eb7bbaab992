// SPDX-License-Identifier: MIT
import Foundation
import Synchronization

/// One of our built programs, run with arguments; its lines can be waited for.
package final class ToolProcess: Sendable {
    private let process: Process
    /// Open as long as this object lives: what runs `--with-parent` ends with it.
    private let lifeline: Pipe
    private let state = Mutex(State())

    private struct State {
        var lines: [String] = []
        /// The beginning of the next line of each stream: they break off where they like.
        var rests = ["", ""]
        var status: Int32?
        var openPipeCount = 2
        var waiters: [Waiter] = []
    }

    private struct Waiter {
        let isMet: @Sendable (borrowing State) -> Bool
        let continuation: CheckedContinuation<Void, Never>
    }

    /// A program that ended before it said what was waited for.
    package struct Failed: Error {
        package let words: [String]
    }

    /// - Parameter settings: added to the environment.
    package convenience init(
        _ program: String, _ arguments: [String], settings: [String: String] = [:]
    ) throws {
        try self.init(
            DaemonProcess.buildDirectory.appending(path: program), arguments,
            environment: ProcessInfo.processInfo.environment.merging(settings) { $1 })
    }

    /// A script of the source tree, such as `scripts/test-openapi`.
    package convenience init(script: String, _ arguments: [String]) throws {
        try self.init(URL(filePath: SourceTree.path(of: script)), arguments, environment: nil)
    }

    /// A script of the shell in a mount namespace of its own: what it mounts is gone with it. It finds
    /// an empty directory in `DIRECTORY`, and our command in `MESHCTL`.
    package static func inNamespace(_ script: String) throws -> ToolProcess {
        let directory = FileManager.default.temporaryDirectory.appending(
            path: "namespace-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        var environment = ProcessInfo.processInfo.environment
        environment["DIRECTORY"] = directory.path
        environment["MESHCTL"] = DaemonProcess.buildDirectory.appending(path: "meshctl").path
        return try ToolProcess(
            URL(filePath: "/usr/bin/unshare"),
            ["--mount", "--propagation", "private", "/bin/sh", "-ec", script],
            environment: environment)
    }

    private init(
        _ executable: URL, _ arguments: [String], environment: [String: String]?
    ) throws {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        if let environment { process.environment = environment }
        lifeline = Pipe()
        process.standardInput = lifeline
        let pipes = [Pipe(), Pipe()]
        process.standardOutput = pipes[0]
        process.standardError = pipes[1]
        self.process = process
        // Weakly: the object holds the process.
        for (index, pipe) in pipes.enumerated() {
            LineReader.start(pipe) { [weak self] in self?.received($0, from: index) }
        }
        process.terminationHandler = { [weak self, lifeline] process in
            try? lifeline.fileHandleForWriting.close()
            self?.change { $0.status = process.terminationStatus }
        }
        try process.run()
    }

    /// All that it has said so far, both streams together.
    package var lines: [String] { state.withLock(\.lines) }

    package var hasEnded: Bool { state.withLock { $0.status != nil } }

    package func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Waits for a line.
    ///
    /// - Throws: `Failed` when the program ends without it.
    package func waitForLine(_ isIt: @escaping @Sendable (String) -> Bool) async throws {
        await wait { $0.lines.contains(where: isIt) || Self.isOver($0) }
        let lines = lines
        guard lines.contains(where: isIt) else { throw Failed(words: lines.suffix(20)) }
    }

    /// Waits for its end and the end of its words; the exit status.
    package func end() async -> Int32 {
        await wait(Self.isOver)
        return state.withLock { $0.status ?? -1 }
    }

    // MARK: - State

    private static func isOver(_ state: borrowing State) -> Bool {
        state.status != nil && state.openPipeCount == 0
    }

    private func wait(_ isMet: @escaping @Sendable (borrowing State) -> Bool) async {
        await withCheckedContinuation { continuation in
            change { $0.waiters.append(Waiter(isMet: isMet, continuation: continuation)) }
        }
    }

    private func received(_ data: Data, from stream: Int) {
        change { state in
            guard !data.isEmpty else {
                state.openPipeCount -= 1
                return
            }
            let text = state.rests[stream] + String(decoding: data, as: UTF8.self)
            var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            state.rests[stream] = lines.popLast().map(String.init) ?? ""
            state.lines += lines.map(String.init)
        }
    }

    /// Changes the state, then wakes those whose condition is met.
    private func change(_ body: (inout State) -> Void) {
        let met = state.withLock { state in
            body(&state)
            let waiters = state.waiters
            state.waiters = waiters.filter { !$0.isMet(state) }
            return waiters.filter { $0.isMet(state) }
        }
        for waiter in met { waiter.continuation.resume() }
    }
}
