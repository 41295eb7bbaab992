// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Wire

/// What cases about idempotency keys do again and again.
extension Trial {
    /// A claim of a key of this case's own, for an order that nobody else has.
    func namedKey(
        _ change: (inout NamedKey) -> Void = { _ in }
    ) -> NamedKey {
        let order = makeID()
        var key = NamedKey(
            tenant: runName, key: makeName(),
            fingerprint: ByteBuffer(repeating: UInt8.random(in: 0...UInt8.max), count: 32),
            order: order, expiresMilliseconds: order.milliseconds + 3_600_000)
        change(&key)
        return key
    }

    /// The same key and body, as another request has them.
    func repeated(_ key: NamedKey) -> NamedKey {
        namedKey { own in
            own.tenant = key.tenant
            own.key = key.key
            own.fingerprint = key.fingerprint
        }
    }

    /// Claims, all in one frame.
    func claim(_ keys: [NamedKey], by peer: WirePeer? = nil) async throws -> [KeyResult] {
        let own = if let peer { peer } else { try await desk() }
        let results = try await own.call(ClaimKeys(keys: keys), KeysClaimed.self).results
        try requireEqual(results.count, keys.count, "results in KEYS_CLAIMED:")
        return results
    }

    /// Claims once, which must come to this.
    func claim(_ key: NamedKey, mustBe expected: String) async throws {
        try requireEqual(try await claim([key])[0].words, expected, "a claim that is")
    }
}

extension NamedKey {
    /// How a result names the order of this claim.
    func words(repeated isRepeated: Bool) -> String {
        "claimed, \(isRepeated ? "repeated" : "first"), order \(order) until \(expiresMilliseconds)"
    }
}

extension KeyResult {
    /// What programs act on.
    var words: String {
        guard code == 0 else {
            let name = WireErrorCode(rawValue: code)?.name ?? "code \(code)"
            return order == .zero && expiresMilliseconds == 0
                ? "refused \(name)" : "refused \(name), and names \(order)"
        }
        return "claimed, \(repeated ? "repeated" : "first"), order \(order) "
            + "until \(expiresMilliseconds)"
    }
}
