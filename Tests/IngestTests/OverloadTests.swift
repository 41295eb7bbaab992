// SPDX-License-Identifier: MIT
import Orders
import Testing

@testable import Ingest

/// A closed loop in simulated time: customers who do as they are told, a queue that drains at a rate of
/// its own and refuses exactly, and the gate between them.
@Suite struct OverloadTests {
    private struct Customer {
        var wakes: Duration
        var number = 0
        var isRefused = false
    }

    private struct Outcome {
        var accepted = 0
        var refused = 0
        var repeated = 0
        var returned = 0
        var drained = 0
    }

    private static let drainPerSecond = 100
    private static let depthMax = 500
    private static let tick = Duration.milliseconds(10)

    /// - Parameter overload: how many times the drain rate customers would ask for, were they never
    ///   refused; each comes again five seconds after an order was accepted.
    private func run(overload: Int, seconds: Int, seed: UInt64) -> Outcome {
        var random = SplitMix(seed: seed)
        let gate = DepthGate(outboxCountMax: 1_000)
        let think = Duration.seconds(5)
        var customers = (0..<overload * Self.drainPerSecond * 5).map { _ in
            Customer(wakes: think * Double.random(in: 0...1, using: &random))
        }
        var outcome = Outcome()
        var depth = 0
        for step in 0..<seconds * 100 {
            let now = Self.tick * step
            if depth > 0 { (depth, outcome.drained) = (depth - 1, outcome.drained + 1) }
            // The broker tells its depth ten times a second.
            if step % 10 == 0 {
                gate.update(
                    depth: UInt64(depth), depthMax: UInt64(Self.depthMax),
                    drainPerSecond: UInt32(Self.drainPerSecond))
            }
            for index in customers.indices where customers[index].wakes <= now {
                let key = ScopedKey(
                    tenant: TenantID(unchecked: "acme"),
                    key: IdempotencyKey(unchecked: "\(index)-\(customers[index].number)"))
                if customers[index].isRefused { outcome.returned += 1 }
                let instant = MeshInstant(nanoseconds: 1_790_000_000_000_000_000) + now
                var pause = gate.refusal(of: key, at: instant, using: &random)?.retryAfter
                if pause == nil, depth >= Self.depthMax {
                    pause = gate.pause(of: key, at: instant, using: &random)
                }
                if let pause {
                    outcome.refused += 1
                    if customers[index].isRefused { outcome.repeated += 1 }
                    customers[index].isRefused = true
                    // As HTTP has it: whole seconds, rounded up.
                    let whole =
                        pause.components.seconds + (pause.components.attoseconds > 0 ? 1 : 0)
                    customers[index].wakes = now + .seconds(whole)
                } else {
                    depth += 1
                    outcome.accepted += 1
                    customers[index].isRefused = false
                    customers[index].number += 1
                    customers[index].wakes =
                        now + think * Double.random(in: 0.8...1.2, using: &random)
                }
            }
        }
        return outcome
    }

    @Test(arguments: UInt64(1)...5)
    func `at three times the load nothing collapses, and who obeys is seldom refused again`(
        seed: UInt64
    ) {
        let outcome = run(overload: 3, seconds: 120, seed: seed)
        let possible = 120 * Self.drainPerSecond
        #expect(outcome.refused > 100, "there is no overload: \(outcome)")
        #expect(outcome.drained > possible * 95 / 100, "the queue runs dry: \(outcome)")
        #expect(outcome.accepted > possible * 95 / 100, "\(outcome)")
        #expect(outcome.repeated * 20 < outcome.returned, "\(outcome)")
    }

    @Test func `below its limit nobody is refused`() {
        #expect(run(overload: 1, seconds: 60, seed: 9).refused == 0)
    }

    /// SplitMix64, so that a failure repeats.
    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64

        init(seed: UInt64) { state = seed }

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var word = state
            word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
            return word ^ word >> 31
        }
    }
}
