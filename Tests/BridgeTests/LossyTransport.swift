// SPDX-License-Identifier: MIT
import AWS
import Synchronization

/// Sends, and then loses some of the answers: what was asked has happened, and nobody is told.
final class LossyTransport: AWSTransport {
    private let calls = SignedCalls()
    private let state: Mutex<Losses>

    /// A repeatable order of losses.
    private struct Losses {
        var word: UInt64
        let lossPercent: UInt64
        var lostCount = 0

        mutating func loses() -> Bool {
            word = word &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            guard word >> 33 % 100 < lossPercent else { return false }
            lostCount += 1
            return true
        }
    }

    init(seed: UInt64, lossPercent: UInt64) {
        state = Mutex(Losses(word: seed, lossPercent: lossPercent))
    }

    var lostCount: Int { state.withLock { $0.lostCount } }

    func send(
        _ request: AWSRequest,
        signedWith credentials: AWSCredentials
    ) async throws(TransportFailure) -> AWSResponse {
        let answer = try await calls.send(request, signedWith: credentials)
        if state.withLock({ $0.loses() }) {
            throw TransportFailure(kind: .answerLost, message: "lost by the test")
        }
        return answer
    }
}
