// SPDX-License-Identifier: MIT
import AWS
import HTTPCalls
import Orders
import SecureTransport
import Wire

extension BridgeDesk {
    /// Each by itself, all at once: none waits for what AWS says of another.
    func claimKeys(
        _ request: ClaimKeys, _ peer: PeerIdentity
    ) async throws(BridgeRefusal) -> KeysClaimed {
        try require(peer, .claimKeys)
        let results = await inParallel(request.keys, limit: Self.claimsAtOnce) { key in
            await claim(key)
        }
        return KeysClaimed(results: results)
    }

    func listKeys(
        _ request: ListKeys, _ peer: PeerIdentity
    ) async throws(BridgeRefusal) -> Keys {
        try require(peer, .listKeys)
        let after = request.after.isEmpty ? nil : request.after
        let page = try await refusing { () throws(AWSError) in try await keys.page(after: after) }
        return Keys(keys: page.keys, next: page.next ?? "")
    }

    /// Claims of one request that are with AWS at the same time.
    private static let claimsAtOnce = 64

    private func claim(_ key: NamedKey) async -> KeyResult {
        if let objection = KeyForm.objection(to: key, now: clock.now()) {
            return KeyResult(BridgeRefusal(.badKey, objection))
        }
        do throws(AWSError) {
            switch try await keys.claim(key) {
            case .named(let order, let expires, let isRepeated):
                return KeyResult(
                    code: 0, repeated: isRepeated, order: order, expiresMilliseconds: expires,
                    retryAfterMilliseconds: 0, message: "")
            case .conflict:
                return KeyResult(BridgeRefusal(.keyConflict, "the key names another order"))
            }
        } catch {
            return KeyResult(BridgeRefusal(error))
        }
    }
}

extension KeyResult {
    fileprivate init(_ refusal: BridgeRefusal) {
        self.init(
            code: refusal.reply.code, repeated: false, order: .zero, expiresMilliseconds: 0,
            retryAfterMilliseconds: refusal.reply.retryAfterMilliseconds,
            message: refusal.reply.message)
    }
}
