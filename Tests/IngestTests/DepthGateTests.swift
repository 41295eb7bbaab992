// SPDX-License-Identifier: MIT
import Saga
import Testing
import Wire

@testable import Ingest

@Suite struct DepthGateTests {
    @Test func `a refusal names the last stage that is behind, not the first that is full`() throws
    {
        var random = SystemRandomNumberGenerator()
        let gate = DepthGate(outboxCountMax: 10)
        gate.update(depth: 100, depthMax: 100, drainPerSecond: 50)
        #expect(gate.refusal(using: &random)?.stage == "inventory")
        gate.update(.payment, depth: 95, depthMax: 100)
        #expect(gate.refusal(using: &random)?.stage == "payment")
        #expect(gate.refusal(using: &random)?.cause == "depth")
        gate.update(.payment, depth: 10, depthMax: 100)
        #expect(gate.refusal(using: &random)?.stage == "inventory")
        gate.update(outboxCount: 10)
        #expect(gate.refusal(using: &random)?.stage == "ingest")
    }

    private var generator = SystemRandomNumberGenerator()

    @Test mutating func `a queue with room refuses nothing`() {
        let gate = DepthGate(outboxCountMax: 10)
        #expect(gate.refusal(using: &generator) == nil)
        gate.update(depth: 99, depthMax: 100, drainPerSecond: 1)
        #expect(gate.refusal(using: &generator) == nil)
    }

    @Test mutating func `a full queue asks for the time in which a tenth of it drains`() throws {
        let gate = DepthGate(outboxCountMax: 10)
        gate.update(depth: 1000, depthMax: 1000, drainPerSecond: 10)
        for _ in 0..<100 {
            let refusal = try #require(gate.refusal(using: &generator))
            #expect(refusal.code == .overloaded)
            let pause = try #require(refusal.retryAfter)
            #expect(pause >= .seconds(10) && pause <= .seconds(15))
        }
    }

    @Test mutating func `a pause is a second at least and a minute at most`() throws {
        let gate = DepthGate(outboxCountMax: 10)
        gate.update(depth: 1000, depthMax: 1000, drainPerSecond: 1_000_000)
        #expect(gate.pause(using: &generator) == .seconds(1))
        gate.update(depth: 1_000_000, depthMax: 1000, drainPerSecond: 1)
        #expect(gate.pause(using: &generator) == .seconds(60))
    }

    @Test mutating func `what the broker said is forgotten with its connection`() {
        let gate = DepthGate(outboxCountMax: 10)
        gate.update(depth: 100, depthMax: 100, drainPerSecond: 1)
        gate.forget()
        #expect(gate.refusal(using: &generator) == nil)
    }

    @Test mutating func `an outbox at its limit refuses further orders`() {
        let gate = DepthGate(outboxCountMax: 10)
        gate.update(outboxCount: 9)
        #expect(gate.refusal(using: &generator) == nil)
        gate.update(outboxCount: 10)
        #expect(gate.refusal(using: &generator)?.code == .overloaded)
    }
}
