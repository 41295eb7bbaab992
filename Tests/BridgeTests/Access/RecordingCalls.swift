// SPDX-License-Identifier: MIT
import AWS
import Synchronization

/// Sends, and keeps what was sent.
final class RecordingCalls: AWSTransport {
    private let calls = SignedCalls()
    private let recorded = Mutex<[RecordedCall]>([])

    var all: [RecordedCall] { recorded.withLock { $0 } }

    func send(
        _ request: AWSRequest,
        signedWith credentials: AWSCredentials
    ) async throws(TransportFailure) -> AWSResponse {
        let answer = try await calls.send(request, signedWith: credentials)
        recorded.withLock { $0.append(RecordedCall(request, status: answer.status)) }
        return answer
    }
}
