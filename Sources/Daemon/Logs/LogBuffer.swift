// SPDX-License-Identifier: MIT
import Logging
import ServiceLifecycle
import Synchronization

/// Lines of the log on their way to standard error: those of one moment leave in one write, since a write
/// for each step of each order costs more than making the line. Owner of its state: the mutex.
///
/// Lines wait only while it runs as a service, and 10 ms at most; a warning or worse takes all that wait
/// along at once. So what a process that is killed has not written is the good news of its last moment.
final class LogBuffer: Service {
    private static let wait: Duration = .milliseconds(10)
    private static let byteCountMax = 64 << 10

    private struct State {
        var lines: [UInt8] = []
        /// Whether somebody is there who writes what waits.
        var isServed = false
    }

    private let state = Mutex(State())
    private let isGathering: Bool
    private let write: @Sendable ([UInt8]) -> Void
    private let arrivals: AsyncStream<Void>
    private let arrived: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - write: called with whole lines, one call at a time.
    ///   - isGathering: false: no line ever waits.
    init(write: @escaping @Sendable ([UInt8]) -> Void, isGathering: Bool = true) {
        self.write = write
        self.isGathering = isGathering
        (arrivals, arrived) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes one line with its line feed.
    func add(_ line: [UInt8], _ level: Logger.Level) {
        let isFirst = state.withLock { state in
            let isFirst = state.lines.isEmpty
            state.lines += line
            guard level >= .warning || !state.isServed || state.lines.count > Self.byteCountMax
            else { return isFirst }
            flush(&state)
            return false
        }
        if isFirst { arrived.yield() }
    }

    /// Whether lines may wait.
    var isServed: Bool { state.withLock(\.isServed) }

    func run() async throws {
        state.withLock { $0.isServed = isGathering }
        defer {
            state.withLock { state in
                state.isServed = false
                flush(&state)
            }
        }
        for await _ in arrivals.cancelOnGracefulShutdown() {
            // An end that comes meanwhile only makes it sooner.
            try? await Task.sleep(for: Self.wait)
            state.withLock { flush(&$0) }
        }
    }

    /// Under the lock, so that lines keep their sequence.
    private func flush(_ state: inout State) {
        guard !state.lines.isEmpty else { return }
        write(state.lines)
        state.lines.removeAll(keepingCapacity: true)
    }
}
