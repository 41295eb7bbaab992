// SPDX-License-Identifier: MIT
import Idempotency
import Orders
import Testing

@Suite struct IdempotencyKeyStateTests {
    private let now = MeshInstant(milliseconds: 1_790_000_000_000)

    private func claim(_ content: UInt8, order: UInt64 = 1) -> KeyClaim {
        KeyClaim(
            fingerprint: Fingerprint(Array(repeating: content, count: 32)),
            order: OrderID(UniqueID(high: 1, low: order)),
            trace: TraceID(UniqueID(high: 2, low: order)), expiresAt: now + KeyClaim.lifetime)
    }

    @Test func `the first request claims and a repeat gets the first answer`() throws {
        var key = IdempotencyKeyState()
        #expect(key.request(claim(7), now: now) == .claim)
        try key.handedOver(.applied)
        #expect(key.request(claim(7, order: 2), now: now) == .replay(claim(7)))
    }

    @Test(arguments: [
        IdempotencyKeyState.HandOver.applied, .ambiguous,
    ])
    func `a different order under the same key is refused`(
        outcome: IdempotencyKeyState.HandOver
    ) throws {
        var key = IdempotencyKeyState()
        _ = key.request(claim(7), now: now)
        #expect(key.request(claim(8), now: now) == .conflict)
        try key.handedOver(outcome)
        #expect(key.request(claim(8), now: now) == .conflict)
    }

    @Test func `a repeat before the hand-over is in progress`() {
        var key = IdempotencyKeyState()
        _ = key.request(claim(7), now: now)
        #expect(key.request(claim(7, order: 2), now: now) == .inProgress(claim(7)))
    }

    @Test func `a refused hand-over frees the key for the same or another order`() throws {
        var key = IdempotencyKeyState()
        _ = key.request(claim(7), now: now)
        try key.handedOver(.refused)
        #expect(key.request(claim(8), now: now) == .claim)
    }

    @Test func `an ambiguous hand-over keeps the order, and a late refusal frees nothing`() throws {
        var key = IdempotencyKeyState()
        _ = key.request(claim(7), now: now)
        try key.handedOver(.ambiguous)
        #expect(key.request(claim(7, order: 2), now: now) == .replay(claim(7)))
        try key.handedOver(.refused)
        #expect(key.request(claim(7, order: 2), now: now) == .replay(claim(7)))
        try key.handedOver(.applied)
        #expect(key.phase == .done(claim(7)))
    }

    @Test func `a key is free again when its seven days are over, not before`() throws {
        var key = IdempotencyKeyState()
        _ = key.request(claim(7), now: now)
        try key.handedOver(.applied)
        // The promise in figures, since it must not move with the constant that keeps it.
        let end = now + .seconds(604_800)
        #expect(key.request(claim(7), now: end - .nanoseconds(1)) == .replay(claim(7)))
        #expect(key.request(claim(8), now: end) == .claim)
    }

    @Test func `a key with its message outstanding does not expire`() {
        var key = IdempotencyKeyState()
        _ = key.request(claim(7), now: now)
        let late = now + KeyClaim.lifetime + KeyClaim.lifetime
        #expect(key.request(claim(7, order: 2), now: late) == .inProgress(claim(7)))
    }

    @Test func `an outcome without an outstanding hand-over is an error`() throws {
        var key = IdempotencyKeyState()
        #expect(throws: IdempotencyKeyState.Failure.notOutstanding) { try key.handedOver(.applied) }
    }
}
