// SPDX-License-Identifier: MIT
import Foundation

/// The program that drives the client under test: started anew for each case.
struct GoldenDriver: Sendable {
    /// What it left behind.
    struct Words: Sendable {
        let end: ChildEnd
        /// Nil when it said no outcome.
        let outcome: GoldenOutcome?
        /// Its last words on standard error, for people.
        let complaint: String
    }

    private let process: Process
    private let ended: AsyncStream<ChildEnd>
    private let directory: URL
    private let name: String

    /// Starts `command` with the instruction on its standard input.
    ///
    /// - Parameter directory: for its words; to be thrown away afterwards.
    init(_ command: [String], _ instruction: GoldenInstruction, in directory: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let input = directory.appending(path: "\(instruction.case).in")
        // A file, not a pipe: a driver that does not read it does no harm.
        try (encoder.encode(instruction) + Data("\n".utf8)).write(to: input)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.standardInput = try FileHandle(forReadingFrom: input)
        process.standardOutput = try Self.file("out", instruction, in: directory)
        process.standardError = try Self.file("err", instruction, in: directory)
        ended = try process.start()
        self.process = process
        self.directory = directory
        name = instruction.case
    }

    /// Waits for its end; to be called once.
    func words() async -> Words {
        var end = ChildEnd(isSignal: false, status: 0)
        for await each in ended { end = each }
        let lines = read("out").split(separator: "\n")
        let outcome = lines.last.flatMap { line in
            try? JSONDecoder().decode(GoldenOutcome.self, from: Data(line.utf8))
        }
        let complaint = read("err").split(separator: "\n").suffix(3).joined(separator: " / ")
        return Words(end: end, outcome: outcome, complaint: complaint)
    }

    /// Ends it at once: what it does is of no interest any more.
    func abandon() {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    private func read(_ stream: String) -> String {
        // A stream that was never written to is an empty one.
        let data = FileManager.default.contents(
            atPath: directory.appending(path: "\(name).\(stream)").path)
        return String(decoding: data ?? Data(), as: UTF8.self)
    }

    private static func file(
        _ stream: String, _ instruction: GoldenInstruction, in directory: URL
    ) throws -> FileHandle {
        let file = directory.appending(path: "\(instruction.case).\(stream)")
        try Data().write(to: file)
        return try FileHandle(forWritingTo: file)
    }
}
