// SPDX-License-Identifier: MIT
import Foundation

/// One run of a program of ours, from its start to its end.
final class ChildProgram: Sendable {
    private let process: Process
    private let ended: AsyncStream<ChildEnd>

    var pid: Int32 { process.processIdentifier }

    /// Starts `executable`; its output is appended to `logFile`.
    ///
    /// - Parameters:
    ///   - lifeline: its standard input, which ends with us or when this is closed; nothing is to be
    ///     read there by default.
    ///   - output: hears its standard output in the log's place.
    init(
        executable: String, arguments: [String] = [], environment: [String: String],
        logFile: String, lifeline: Pipe? = nil, output: Pipe? = nil
    ) throws {
        let process = Process()
        process.executableURL = URL(filePath: executable)
        process.arguments = arguments
        process.environment = environment
        process.standardInput = lifeline ?? FileHandle.nullDevice
        let log = try Self.openForAppending(logFile)
        process.standardOutput = output ?? log
        process.standardError = log
        ended = try process.start()
        self.process = process
    }

    /// Waits for its end; to be called once.
    func end() async -> ChildEnd {
        for await end in ended { return end }
        return ChildEnd(isSignal: false, status: 0)
    }

    /// Asks it to drain and end.
    func terminate() { process.terminate() }

    private static func openForAppending(_ path: String) throws -> FileHandle {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw CommandError("cannot write \(path): \(ErrorText.of(errno))")
        }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }
}

/// How a program ended.
struct ChildEnd: Sendable, CustomStringConvertible {
    let isSignal: Bool
    let status: Int32

    var description: String { isSignal ? "killed by signal \(status)" : "status \(status)" }
}

extension Pipe {
    /// A pipe whose writing end no other child holds open, so that it ends with us.
    static func lifeline() throws -> Pipe {
        let pipe = Pipe()
        guard fcntl(pipe.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC) == 0 else {
            throw CommandError("no lifeline: \(ErrorText.of(errno))")
        }
        return pipe
    }
}

extension Process {
    /// Runs it.
    ///
    /// - Returns: its end, when that has come, and nothing else.
    func start() throws -> AsyncStream<ChildEnd> {
        let (ended, continuation) = AsyncStream.makeStream(of: ChildEnd.self)
        terminationHandler = { process in
            let isSignal = process.terminationReason == .uncaughtSignal
            continuation.yield(ChildEnd(isSignal: isSignal, status: process.terminationStatus))
            continuation.finish()
        }
        try run()
        return ended
    }
}
