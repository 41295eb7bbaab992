// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Sessions
import Wire

/// Questions and answers.
extension WirePeer {
    /// Says HELLO, and waits for the answer.
    @discardableResult
    func greet(_ change: (inout Hello) -> Void = { _ in }) async throws(CaseFailure) -> HelloOK {
        var hello = Hello.ours(named: "conformance")
        change(&hello)
        return try await call(hello)
    }

    /// Sends a request.
    /// - Returns: the number that its answer will have.
    func ask(_ message: some WireMessage) -> UInt64 {
        let correlation = makeCorrelation()
        send(RawFrame(message, correlation: correlation))
        return correlation
    }

    /// The answer to a request that was sent.
    func answer(
        to correlation: UInt64, _ expected: String = "an answer"
    ) async throws(CaseFailure) -> HeardFrame {
        try await hear(expected) { $0.header.correlation == correlation }
    }

    /// Asks, and reads the answer.
    func call<Answer: WireMessage>(
        _ request: some WireMessage, _: Answer.Type = Answer.self
    ) async throws(CaseFailure) -> Answer {
        try await answer(to: ask(request), Answer.opcode.wireName).decode()
    }

    /// Asks for what must be refused.
    @discardableResult
    func refusal(
        of request: some WireMessage, _ code: WireErrorCode, effect: Effect = .notApplied
    ) async throws(CaseFailure) -> ErrorReply {
        try await refusal(to: ask(request), code, effect: effect)
    }

    /// The refusal of a request that was sent.
    @discardableResult
    func refusal(
        to correlation: UInt64, _ code: WireErrorCode, effect: Effect = .notApplied
    ) async throws(CaseFailure) -> ErrorReply {
        let expected = "ERROR \(code.name), \(effect.wireName)"
        let frame = try await answer(to: correlation, expected)
        guard let refusal = frame.refusal, refusal.code == code.rawValue, refusal.effect == effect
        else { throw CaseFailure(expected: expected, seen: frame.description) }
        return refusal
    }

    /// A refusal that ends the session: ERROR with the number of the frame, or none, then the end.
    func fatalRefusal(
        _ code: WireErrorCode, of correlation: UInt64 = 0, within duration: Duration? = nil
    ) async throws(CaseFailure) {
        let expected = "ERROR \(code.name)"
        let frame = try await hear(expected, within: duration) { $0.refusal != nil }
        guard let refusal = frame.refusal, refusal.code == code.rawValue else {
            throw CaseFailure(expected: expected, seen: frame.description)
        }
        try require(
            [0, correlation].contains(frame.header.correlation),
            "ERROR with correlation 0 or \(correlation)",
            seen: "ERROR with correlation \(frame.header.correlation)")
        try await end()
    }

    /// Waits for the end of the connection; nothing may come before it.
    func end(within duration: Duration? = nil) async throws(CaseFailure) {
        switch await find(within: duration, { _ in true }) {
        case .ended: break
        case .frame(let frame):
            throw CaseFailure(expected: "the end of the connection", seen: frame.description)
        case .silence:
            throw CaseFailure(expected: "the end of the connection", seen: "silence")
        }
    }

    /// Sees that the session goes on: PING is answered.
    func proveAlive() async throws(CaseFailure) {
        let token = UInt64.random(in: 1...UInt64.max)
        let pong = try await call(Ping(token: token), Pong.self)
        try requireEqual(pong.token, token, "PONG with token")
    }
}
