// SPDX-License-Identifier: MIT
import HTTPCalls
import Synchronization
import TestSupport

/// Stands between a function and AWS, hands everything on, and holds back what a test says: never sent,
/// never answered.
final class HeldRelay: Sendable {
    private struct Job: Sendable {
        let request: HTTPReceiver.Request
        let reply: HTTPReceiver.Reply
    }

    private let receiver: HTTPReceiver
    private let target: String
    private let jobs: AsyncStream<Job>
    private let end: AsyncStream<Job>.Continuation
    /// Yields at each request that is held back.
    let held: AsyncStream<Void>

    init(
        to target: String, holding isHeld: @escaping @Sendable (HTTPReceiver.Request) -> Bool
    ) async throws {
        self.target = target
        let (jobs, continuation) = AsyncStream.makeStream(of: Job.self)
        let (held, hold) = AsyncStream.makeStream(of: Void.self)
        (self.jobs, end, self.held) = (jobs, continuation, held)
        receiver = try await HTTPReceiver { request in
            if isHeld(request) {
                hold.yield()
                return .silence
            }
            return .later { continuation.yield(Job(request: request, reply: $0)) }
        }
    }

    var url: String { receiver.url }

    /// Hands on while `body` runs.
    func during(_ body: @Sendable () async throws -> Void) async throws {
        let caller = HTTPCaller()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [jobs, target] in
                await withDiscardingTaskGroup { calls in
                    for await job in jobs {
                        calls.addTask { await Self.pass(job, to: target, by: caller) }
                    }
                }
            }
            defer { end.finish() }
            try await body()
        }
        try await receiver.stop()
    }

    private static func pass(_ job: Job, to target: String, by caller: HTTPCaller) async {
        // As it came, its Host too: that is signed.
        let headers = job.request.headers.filter { $0.name.lowercased() != "content-length" }
        let request = HTTPRequest(
            method: job.request.method, url: target + job.request.path, headers: headers,
            body: job.request.body)
        do throws(HTTPCallError) {
            let answer = try await caller.perform(request)
            let kept = answer.headers.filter {
                !["transfer-encoding", "content-length", "connection"]
                    .contains($0.name.lowercased())
            }
            job.reply.respond(answer.status, headers: kept, body: answer.body)
        } catch {
            job.reply.respond(502)
        }
    }
}
