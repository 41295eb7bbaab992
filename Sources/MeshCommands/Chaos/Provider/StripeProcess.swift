// SPDX-License-Identifier: MIT
import Foundation

/// The localstripe of a run: a real server that charges, declines and refunds. What it knows is in its
/// memory alone, so it is stopped and goes on, and never killed: Stripe does not forget.
final class StripeProcess: Sendable {
    /// Such as `http://127.0.0.1:41234`, past all proxies.
    let endpoint: String
    let port: Int

    private let program: ChildProgram
    private let lifeline: Pipe
    private let processFile: String

    private static let script = "scripts/localstripe"

    /// What it says in its first line.
    private struct Greeting: Decodable {
        let endpoint: String
    }

    var pid: Int32 { program.pid }

    /// Starts it, and blocks until it takes requests.
    ///
    /// - Throws: `CommandError` that says how to install it when it is not there.
    static func start(in layout: MeshLayout) throws -> StripeProcess {
        let log = layout.logs + "/localstripe.log"
        let output = Pipe()
        let lifeline = try Pipe.lifeline()
        let program = try ChildProgram(
            executable: try path(), environment: ProcessInfo.processInfo.environment, logFile: log,
            lifeline: lifeline, output: output)
        guard let line = try firstLine(of: output.fileHandleForReading),
            let greeting = try? JSONDecoder().decode(Greeting.self, from: line),
            let port = URLComponents(string: greeting.endpoint)?.port
        else {
            let words = LastWords.of(logFile: log) ?? "it said nothing"
            throw CommandError("localstripe does not start (\(words)); its log is \(log)")
        }
        let file = layout.runDirectory + "/localstripe.pid"
        try Data(String(program.pid).utf8).write(to: URL(filePath: file), options: .atomic)
        return StripeProcess(greeting.endpoint, port, program, lifeline, file)
    }

    private init(
        _ endpoint: String, _ port: Int, _ program: ChildProgram, _ lifeline: Pipe, _ file: String
    ) {
        self.endpoint = endpoint
        self.port = port
        self.program = program
        self.lifeline = lifeline
        processFile = file
    }

    /// Ends it; to be called once.
    func stop() async throws {
        // Asleep, it would not see that its input has ended.
        kill(pid, SIGCONT)
        try lifeline.fileHandleForWriting.close()
        _ = await program.end()
        try FileManager.default.removeItem(atPath: processFile)
    }

    /// The script of the source tree that this is called in, or that this program was built in.
    private static func path() throws -> String {
        let here = URL(filePath: FileManager.default.currentDirectoryPath)
        var directory = URL(filePath: ProgramPath.directory)
        var candidates = [here]
        while directory.path != "/" {
            candidates.append(directory)
            directory.deleteLastPathComponent()
        }
        for candidate in candidates {
            let path = candidate.appending(path: script).path
            if access(path, X_OK) == 0 { return path }
        }
        throw CommandError(
            "--provider stripe needs localstripe, which only the source tree brings: "
                + "run meshctl there, after scripts/install-tool localstripe")
    }

    /// Nil when it ends before it has said one.
    private static func firstLine(of output: FileHandle) throws -> Data? {
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            guard let byte = try output.read(upToCount: 1), !byte.isEmpty else { return nil }
            line += byte
        }
        return line
    }
}
