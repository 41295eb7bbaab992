// SPDX-License-Identifier: MIT

import Foundation
import Synchronization

/// What a daemon writes: its `listening` lines as ports, the rest for when it fails.
final class DaemonOutput: Sendable {
    /// All ports known, at each new one; ends with the process.
    let changes: AsyncStream<[String: Int]>
    private let continuation: AsyncStream<[String: Int]>.Continuation
    private let state = Mutex(State())

    private struct State {
        var ports: [String: Int] = [:]
        var partial = Data()
        var lines: [String] = []
        var status: Int32?
        var waiters: [CheckedContinuation<Int32, Never>] = []

        static let lineCountMax = 200

        mutating func take(_ data: Data) -> Bool {
            partial.append(data)
            let known = ports.count
            while let end = partial.firstIndex(of: UInt8(ascii: "\n")) {
                takeLine(partial[partial.startIndex..<end])
                partial = Data(partial[partial.index(after: end)...])
            }
            return ports.count > known
        }

        private mutating func takeLine(_ line: Data) {
            if lines.count == Self.lineCountMax { lines.removeFirst() }
            lines.append(String(decoding: line, as: UTF8.self))
            // Lines that are not JSON are somebody's last words, kept above.
            if let listening = try? JSONDecoder().decode(Listening.self, from: line),
                listening.message == "listening"
            {
                ports[listening.listener] = Int(listening.port.description)
            }
        }
    }

    private struct Listening: Decodable {
        let message: String
        let listener: String
        let port: Port

        /// A number, or the text of one.
        struct Port: Decodable {
            let description: String

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let number = try? container.decode(Int.self) {
                    description = "\(number)"
                } else {
                    description = try container.decode(String.self)
                }
            }
        }
    }

    init() { (changes, continuation) = AsyncStream.makeStream() }

    func received(_ data: Data) {
        let ports = state.withLock { state in state.take(data) ? state.ports : nil }
        if let ports { continuation.yield(ports) }
    }

    func ended(status: Int32) {
        let waiters = state.withLock { state in
            state.status = status
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: status) }
        continuation.finish()
    }

    func port(_ listener: String) -> Int { state.withLock { $0.ports[listener] ?? 0 } }

    var lastLines: [String] { state.withLock { $0.lines } }

    func exitStatus() async -> Int32 {
        await withCheckedContinuation { waiter in
            let status = state.withLock { state in
                if state.status == nil { state.waiters.append(waiter) }
                return state.status
            }
            if let status { waiter.resume(returning: status) }
        }
    }
}
