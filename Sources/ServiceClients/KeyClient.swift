// SPDX-License-Identifier: MIT
import NIOCore
import Orders
package import Sessions
import Synchronization
package import Wire

/// Has idempotency keys name orders, by the protocol: `protocol/keys.md`.
///
/// Claims that are made at the same time share a frame.
package final class KeyClient: Sendable {
    private struct Waiting: Sendable {
        let key: NamedKey
        let continuation: CheckedContinuation<Result<KeyResult, CallError>, Never>
    }

    private struct State {
        var waiting: [Waiting] = []
        var isScheduled = false
    }

    private let connection: MeshConnection
    private let deadline: Duration
    private let state = Mutex(State())

    package init(_ connection: MeshConnection, deadline: Duration = .seconds(10)) {
        self.connection = connection
        self.deadline = deadline
    }

    /// What the key names: `key.order`, or what an earlier claim had it name. The same claim may be
    /// made again after any error.
    package func claim(_ key: NamedKey) async throws(CallError) -> KeyResult {
        let result = await withCheckedContinuation { continuation in
            enqueue(Waiting(key: key, continuation: continuation))
        }
        return try result.get()
    }

    /// What each of several keys names, at most `WireLimits.batchCountMax`, in one frame.
    package func claim(_ keys: [NamedKey]) async throws(CallError) -> [KeyResult] {
        try await Self.results(
            of: connection.call(
                ClaimKeys(keys: keys), answer: KeysClaimed.self, deadline: deadline),
            count: keys.count)
    }

    /// Some of the keys in force; operators only.
    ///
    /// - Parameter after: `next` of the page before; empty for the first.
    package func list(after: String = "") async throws(CallError) -> Keys {
        try await connection.call(ListKeys(after: after), answer: Keys.self, deadline: deadline)
    }

    // MARK: - One frame for all that wait

    private func enqueue(_ waiting: Waiting) {
        let isFirst = state.withLock { state in
            state.waiting.append(waiting)
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        // What else is asked for until the loop's next turn goes along.
        if isFirst { connection.eventLoop.execute { self.send() } }
    }

    private func send() {
        let waiting = state.withLock { state in
            state.isScheduled = false
            defer { state.waiting = [] }
            return state.waiting
        }
        for first in stride(from: 0, to: waiting.count, by: WireLimits.batchCountMax) {
            send(Array(waiting[first..<min(first + WireLimits.batchCountMax, waiting.count)]))
        }
    }

    private func send(_ batch: [Waiting]) {
        connection.submit(
            ClaimKeys(keys: batch.map(\.key)), answer: KeysClaimed.self, deadline: deadline
        ) { answer in
            let results = answer.flatMap { claimed in
                Result { () throws(CallError) in
                    try Self.results(of: claimed, count: batch.count)
                }
            }
            for (index, waiting) in batch.enumerated() {
                waiting.continuation.resume(returning: results.map { $0[index] })
            }
        }
    }

    private static func results(
        of answer: KeysClaimed, count: Int
    ) throws(CallError) -> [KeyResult] {
        guard answer.results.count == count else {
            let reason = "\(answer.results.count) results for \(count) claims"
            throw CallError(.badMessage, effect: .maybeApplied, message: reason)
        }
        return answer.results
    }
}
