// SPDX-License-Identifier: MIT

import Orders
import Testing

@testable import Notification

@Suite struct EndpointBreakerTests {
    private let pause = Duration.seconds(30)
    private let start = MeshInstant(milliseconds: 1_764_119_328_000)

    /// One that has just opened, at `start`.
    private func opened() -> EndpointBreaker {
        var breaker = EndpointBreaker(pause: pause)
        for _ in 0..<EndpointBreaker.failureCountMax {
            #expect(breaker.admit(at: start) == .call)
            _ = breaker.failed(asProbe: false, at: start)
        }
        return breaker
    }

    @Test func `it opens after so many failures in a row, and a success begins anew`() {
        var breaker = EndpointBreaker(pause: pause)
        for _ in 1..<EndpointBreaker.failureCountMax {
            #expect(breaker.failed(asProbe: false, at: start) == nil)
        }
        #expect(breaker.succeeded() == nil)
        for _ in 1..<EndpointBreaker.failureCountMax {
            #expect(breaker.failed(asProbe: false, at: start) == nil)
        }
        #expect(
            breaker.failed(asProbe: false, at: start) == .opened(pause: pause))
        #expect(breaker.isOpen)
    }

    @Test func `while open nothing is called, and after the pause one call alone`() {
        var breaker = opened()
        let almost = start + pause - .seconds(1)
        #expect(breaker.admit(at: almost) == .leaveAlone(.seconds(1)))
        let due = start + pause
        #expect(breaker.admit(at: due) == .probe)
        #expect(breaker.admit(at: due) == .leaveAlone(pause))
        #expect(breaker.succeeded() == .closed)
        #expect(breaker.isPristine)
        #expect(breaker.admit(at: due) == .call)
    }

    @Test func `each try that fails doubles the pause, up to the longest`() {
        var breaker = opened()
        var now = start
        for seconds in [60, 120, 240, 300, 300] {
            now += pause * 10
            #expect(breaker.admit(at: now) == .probe)
            #expect(
                breaker.failed(asProbe: true, at: now) == .opened(pause: .seconds(seconds)))
            #expect(breaker.admit(at: now) == .leaveAlone(.seconds(seconds)))
        }
    }

    @Test func `calls that were begun before it opened change nothing when they fail`() {
        var breaker = opened()
        let before = breaker
        #expect(breaker.failed(asProbe: false, at: start + .seconds(29)) == nil)
        #expect(breaker == before)
        #expect(breaker.succeeded() == .closed)
    }

    @Test func `a try that says nothing of the recipient is followed by another`() {
        var breaker = opened()
        let due = start + pause
        #expect(breaker.admit(at: due) == .probe)
        breaker.ended(asProbe: true)
        #expect(breaker.admit(at: due) == .probe)
    }

    @Test func `a clock that is set back does not make the pause longer than any`() {
        var breaker = opened()
        #expect(breaker.admit(at: start - .seconds(3_600)) == .probe)
    }
}
