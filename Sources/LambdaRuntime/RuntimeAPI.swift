// SPDX-License-Identifier: MIT
import FoundationEssentials
import HTTPCalls
import Orders

/// Lambda's side of a custom runtime: an HTTP server on this machine that hands out invocations, one
/// at a time, and takes what came of them.
struct RuntimeAPI: Sendable {
    private let base: String
    private let caller: HTTPCaller

    /// Nil unless Lambda started this program, which it tells by AWS_LAMBDA_RUNTIME_API.
    init?(environment: [String: String]) {
        guard let address = environment["AWS_LAMBDA_RUNTIME_API"], !address.isEmpty else {
            return nil
        }
        base = "http://\(address)/2018-06-01/runtime"
        caller = HTTPCaller()
    }

    /// What is thrown where the exchange with Lambda itself fails: the environment is of no more use.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The next invocation; waits for it without end, and while it waits Lambda may stop the machine's
    /// clock. Nil when the task is cancelled.
    func next() async throws(Failure) -> Invocation? {
        var request = HTTPRequest(url: base + "/invocation/next")
        request.timeout = Self.forever
        request.responseByteCountMax = Self.eventByteCountMax
        let answer: HTTPResponse
        do throws(HTTPCallError) {
            answer = try await caller.perform(request)
        } catch {
            if error.code == .cancelled { return nil }
            throw Failure(description: "no invocation can be had: \(error)")
        }
        guard answer.status == 200, let invocation = Invocation(answer) else {
            throw Failure(description: "no invocation, but status \(answer.status)")
        }
        return invocation
    }

    /// Hands over what came of an invocation.
    func respond(_ body: [UInt8], to invocation: Invocation) async throws(Failure) {
        try await post("/invocation/\(invocation.id)/response", body, headers: [])
    }

    /// Says that an invocation failed: the source of the event gives all of it again.
    func fail(_ invocation: Invocation, _ error: any Error) async throws(Failure) {
        try await post("/invocation/\(invocation.id)/error", error)
    }

    /// Says why there will be no invocations.
    func cannotStart(_ error: any Error) async throws(Failure) {
        try await post("/init/error", error)
    }

    private func post(_ path: String, _ error: any Error) async throws(Failure) {
        let kind = "Mesh.\(type(of: error))"
        let report = ErrorReport(errorMessage: "\(error)", errorType: kind)
        let body: Data
        do {
            body = try JSONEncoder().encode(report)
        } catch {
            throw Failure(description: "an error cannot be written as JSON: \(error)")
        }
        try await post(path, [UInt8](body), headers: [("Lambda-Runtime-Function-Error-Type", kind)])
    }

    private func post(
        _ path: String, _ body: [UInt8], headers: [(name: String, value: String)]
    ) async throws(Failure) {
        let request = HTTPRequest(
            method: "POST", url: base + path,
            headers: [("Content-Type", "application/json")] + headers, body: body)
        let answer: HTTPResponse
        do throws(HTTPCallError) {
            answer = try await caller.perform(request)
        } catch {
            throw Failure(description: "POST \(path): \(error)")
        }
        guard answer.status == 202 else {
            throw Failure(description: "POST \(path) was answered with status \(answer.status)")
        }
    }

    /// Longer than any environment lives.
    private static let forever = Duration.seconds(365 * 86_400)

    /// Lambda's own limit is 6 MB.
    private static let eventByteCountMax = 8 << 20

    private struct ErrorReport: Encodable {
        let errorMessage: String
        let errorType: String
    }
}
