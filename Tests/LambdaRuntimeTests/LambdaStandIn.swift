// SPDX-License-Identifier: MIT
import Foundation
import Orders
import Synchronization
import TestSupport

/// Lambda as one environment of a function sees it: a real HTTP server with the runtime API, which hands
/// out one invocation at a time and waits for what came of it.
final class LambdaStandIn: Sendable {
    /// What came of an invocation.
    enum Outcome: Equatable, Sendable {
        /// Answered; the ids of the messages that are not to be deleted.
        case answered(failed: Set<String>)
        case failed(type: String)
    }

    fileprivate struct State {
        var waiting: [(id: String, head: [(name: String, value: String)], body: [UInt8])] = []
        var parked: HTTPReceiver.Reply?
        var outcomes: [String: AsyncStream<Outcome>.Continuation] = [:]
        var startError: AsyncStream<String>.Continuation?
    }

    private struct Response: Decodable {
        struct Failure: Decodable { let itemIdentifier: String }
        let batchItemFailures: [Failure]?
    }

    private struct ErrorReport: Decodable {
        let errorMessage: String
        let errorType: String
    }

    private let state = Mutex(State())
    private let receiver = Mutex<HTTPReceiver?>(nil)
    private let startErrors: AsyncStream<String>

    init() async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        startErrors = stream
        state.withLock { $0.startError = continuation }
        let server = try await HTTPReceiver { [weak self] request in
            self?.answer(request) ?? .respond(410)
        }
        receiver.withLock { $0 = server }
    }

    /// What AWS_LAMBDA_RUNTIME_API says.
    var address: String { "127.0.0.1:\(receiver.withLock { $0?.port ?? 0 })" }

    func stop() async throws { try await receiver.withLock { $0 }?.stop() }

    /// Runs the function with an event; nil when `patience` passes without an outcome.
    func invoke(
        _ event: [UInt8], for duration: Duration = .seconds(20),
        patience: Duration = .seconds(40)
    ) async -> Outcome? {
        let id = UUID().uuidString
        let (outcomes, continuation) = AsyncStream.makeStream(of: Outcome.self)
        let deadline = Date.now.timeIntervalSince1970 * 1_000 + Double(duration.milliseconds)
        let head = [
            ("Lambda-Runtime-Aws-Request-Id", id),
            ("Lambda-Runtime-Deadline-Ms", String(UInt64(deadline))),
            ("Lambda-Runtime-Trace-Id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700"),
            ("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:0:function:stage"),
        ]
        state.withLock { state in
            state.outcomes[id] = continuation
            state.waiting.append((id, head.map { (name: $0.0, value: $0.1) }, event))
            state.serve()
        }
        return await Bounded.first(of: outcomes, within: patience)
    }

    /// The message of the error with which the function said that it cannot start.
    func startError(patience: Duration = .seconds(20)) async -> String? {
        await Bounded.first(of: startErrors, within: patience)
    }

    private func answer(_ request: HTTPReceiver.Request) -> HTTPReceiver.Answer {
        let parts = request.path.split(separator: "/").dropFirst(2).map(String.init)
        switch (request.method, parts) {
        case ("GET", ["invocation", "next"]):
            return .later { [weak self] reply in
                self?.state.withLock { state in
                    state.parked = reply
                    state.serve()
                }
            }
        case ("POST", ["init", "error"]):
            let report = try? JSONDecoder().decode(ErrorReport.self, from: Data(request.body))
            state.withLock { _ = $0.startError?.yield(report?.errorMessage ?? "unreadable") }
            return .respond(202)
        case ("POST", let path) where path.count == 3 && path[0] == "invocation":
            let outcome: Outcome
            if path[2] == "response" {
                let response = try? JSONDecoder().decode(Response.self, from: Data(request.body))
                outcome = .answered(
                    failed: Set((response?.batchItemFailures ?? []).map(\.itemIdentifier)))
            } else {
                outcome = .failed(
                    type: request.header("Lambda-Runtime-Function-Error-Type") ?? "")
            }
            let waiter = state.withLock { $0.outcomes.removeValue(forKey: path[1]) }
            waiter?.yield(outcome)
            return .respond(waiter == nil ? 400 : 202)
        default: return .respond(404)
        }
    }
}

extension LambdaStandIn.State {
    fileprivate mutating func serve() {
        guard let reply = parked, !waiting.isEmpty else { return }
        parked = nil
        // A function that died while it waited gets nothing.
        guard reply.isWanted else { return }
        let next = waiting.removeFirst()
        reply.respond(200, headers: next.head, body: next.body)
    }
}

/// Waiting, with an end.
enum Bounded {
    static func first<Value: Sendable>(
        of stream: AsyncStream<Value>, within patience: Duration
    ) async -> Value? {
        await withTaskGroup(of: Value?.self) { group in
            group.addTask { await stream.first { _ in true } }
            group.addTask {
                do { try await ContinuousClock().sleep(for: patience) } catch {}
                return nil
            }
            let value = await group.next() ?? nil
            group.cancelAll()
            return value
        }
    }
}

extension Duration {
    var milliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }
}
