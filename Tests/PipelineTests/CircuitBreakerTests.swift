// SPDX-License-Identifier: MIT
import Testing

@testable import Pipeline

@Suite struct CircuitBreakerTests {
    private let configuration = StageConfiguration(
        failureCountMax: 3, pause: .milliseconds(100), pauseMax: .seconds(1))

    @Test func `it opens with the third failure in a row, not with three in all`() {
        var breaker = CircuitBreaker(configuration)
        breaker.failed()
        breaker.failed()
        breaker.succeeded()
        breaker.failed()
        breaker.failed()
        #expect(!breaker.isOpen)
        breaker.failed()
        #expect(breaker.isOpen)
    }

    @Test func `the pause doubles up to its limit and begins anew after a success`() {
        var breaker = CircuitBreaker(configuration)
        for _ in 0..<3 { breaker.failed() }
        var pauses: [Duration] = []
        for _ in 0..<6 {
            pauses.append(breaker.currentPause)
            breaker.failed()
        }
        #expect(
            pauses == [100, 200, 400, 800, 1000, 1000].map { Duration.milliseconds($0) })
        breaker.succeeded()
        #expect(breaker.currentPause == .milliseconds(100))
    }
}
