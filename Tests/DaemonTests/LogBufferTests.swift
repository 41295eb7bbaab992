// SPDX-License-Identifier: MIT
import Logging
import ServiceLifecycle
import Synchronization
import Testing

@testable import Daemon

@Suite struct LogBufferTests {
    /// What was written, a text a write.
    private final class Writes: Sendable {
        let texts = Mutex<[String]>([])
        let news: AsyncStream<Void>
        private let came: AsyncStream<Void>.Continuation

        init() { (news, came) = AsyncStream.makeStream() }

        func write(_ bytes: [UInt8]) {
            texts.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) }
            came.yield()
        }

        var all: [String] { texts.withLock { $0 } }
    }

    private let writes = Writes()
    private let buffer: LogBuffer

    init() { buffer = LogBuffer(write: writes.write) }

    private func add(_ text: String, _ level: Logger.Level = .info) {
        buffer.add(Array((text + "\n").utf8), level)
    }

    /// Runs `body` while the buffer is served; the first line is the signal that it is.
    private func served(_ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [buffer] in try await buffer.run() }
            // Before it is served a line is written at once: until one waits, it is not.
            while buffer.isServed == false { await Task.yield() }
            try await body()
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    @Test func `a line is written at once while nobody serves the buffer`() {
        add("one")
        add("two")
        #expect(writes.all == ["one\n", "two\n"])
    }

    @Test func `lines of one moment leave in one write, in their sequence`() async throws {
        try await served {
            for line in 0..<100 { add("\(line)") }
            var news = writes.news.makeAsyncIterator()
            await news.next()
        }
        #expect(writes.all.joined() == (0..<100).map { "\($0)\n" }.joined())
        #expect(writes.all.count < 100)
    }

    @Test(arguments: [Logger.Level.warning, .error, .critical])
    func `a bad line is written before the caller goes on, behind those that wait`(
        level: Logger.Level
    ) async throws {
        try await served {
            add("before")
            add("bad", level)
            #expect(writes.all.joined() == "before\nbad\n")
        }
    }

    @Test func `more than 64 KiB do not wait`() async throws {
        let long = String(repeating: "x", count: 70_000)
        try await served {
            add(long)
            #expect(writes.all == [long + "\n"])
        }
    }

    @Test func `where nothing may wait each line is written at once, served or not`() async throws {
        let buffer = LogBuffer(write: writes.write, isGathering: false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await buffer.run() }
            for line in 0..<200 {
                buffer.add(Array("\(line)\n".utf8), .info)
                #expect(writes.all.count == line + 1)
                await Task.yield()
            }
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    @Test func `what waits at the end is written, and what comes later too`() async throws {
        try await served { add("last") }
        #expect(writes.all.joined() == "last\n")
        add("later")
        #expect(writes.all.joined() == "last\nlater\n")
    }
}
