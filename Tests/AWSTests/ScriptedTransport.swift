// SPDX-License-Identifier: MIT
import Synchronization

@testable import AWS

/// Answers each request by the next line of a script, and keeps what it was sent.
final class ScriptedTransport: AWSTransport {
    enum Line {
        case answer(Int, String)
        case failure(TransportFailure.Kind)
    }

    private struct State {
        var script: [Line]
        var requests: [AWSRequest] = []
    }

    private let state: Mutex<State>

    init(_ script: [Line]) {
        state = Mutex(State(script: script))
    }

    var requests: [AWSRequest] { state.withLock { $0.requests } }

    var bodies: [String] { requests.map { String(decoding: $0.body, as: UTF8.self) } }

    func send(
        _ request: AWSRequest,
        signedWith credentials: AWSCredentials
    ) async throws(TransportFailure) -> AWSResponse {
        let line = state.withLock { state in
            state.requests.append(request)
            return state.script.isEmpty ? nil : state.script.removeFirst()
        }
        switch line {
        case .answer(let status, let body)?:
            return AWSResponse(status: status, body: Array(body.utf8))
        case .failure(let kind)?:
            throw TransportFailure(kind: kind, message: "as scripted")
        case nil:
            throw TransportFailure(kind: .notSent, message: "the script has ended")
        }
    }
}

extension AWSClient {
    /// A client on a script that waits for nothing.
    static func scripted(_ transport: ScriptedTransport) -> AWSClient {
        AWSClient(
            configuration: AWSConfiguration(region: "eu-central-1", endpoint: "http://aws.test/"),
            credentials: .fixed(AWSCredentials(accessKey: "key", secretKey: "secret")),
            transport: transport, sleep: { _ in }, jitter: { 0.5 })
    }
}
