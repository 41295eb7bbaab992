// SPDX-License-Identifier: MIT
import Idempotency
import Orders
import SecureTransport

@testable import Ingest

extension Candidate {
    /// The order as admission would claim its key at `instant`.
    static func claiming(_ order: PlacedOrder, at instant: MeshInstant) -> Candidate {
        var generator = SystemRandomNumberGenerator()
        return Candidate(
            order,
            claim: KeyClaim(
                fingerprint: Fingerprint(Digest.sha256(order.canonicalBytes)),
                order: .make(at: instant, using: &generator),
                trace: TraceID(UniqueID(high: 1, low: generator.next())),
                expiresAt: instant + KeyClaim.lifetime))
    }
}
