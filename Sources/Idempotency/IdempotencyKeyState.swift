// SPDX-License-Identifier: MIT
package import Orders

/// One idempotency key of one tenant: absent -> claimed -> done, or unknown on the way.
///
/// Stored are only orders that were accepted or may yet be. What is refused before (a malformed
/// order, a tenant over its limit) or taken back (a full queue) leaves the key absent, so that the
/// same request can be sent again.
package struct IdempotencyKeyState: Equatable, Sendable {
    package enum Phase: Equatable, Sendable {
        /// Free. Exits: `claimed` by a request.
        case absent
        /// The order is stored, its message not yet handed over, and it may still be taken back.
        /// Exits: `done`, `unknown`, or `absent`, by the outcome of the hand-over.
        case claimed(KeyClaim)
        /// The order stands, but whether its message was handed over is not known; the outbox
        /// repeats it until it is. Exits: `done`.
        case unknown(KeyClaim)
        /// The order stands and its message was handed over. Exits: `absent`, by expiry.
        case done(KeyClaim)
    }

    /// What to do with a request under this key.
    package enum Action: Equatable, Sendable {
        /// Store the order: the key is now this request's.
        case claim
        /// Answer as the first request was answered.
        case replay(KeyClaim)
        /// Refuse: the key belongs to a different order (HTTP 422).
        case conflict
        /// The first request is under way: wait for its answer, and in the end refuse for the
        /// moment (HTTP 409).
        case inProgress(KeyClaim)
    }

    /// What became of handing the message over.
    package enum HandOver: Equatable, Sendable {
        case applied
        /// Certainly not applied, and not to be tried again: the order must not stand.
        case refused
        case ambiguous
    }

    package enum Failure: Error, Equatable, Sendable {
        /// A hand-over is reported for a key that has none outstanding.
        case notOutstanding
    }

    package private(set) var phase: Phase

    package init(_ phase: Phase = .absent) {
        self.phase = phase
    }

    /// A request with `claim` as what it would make of a free key.
    package mutating func request(_ claim: KeyClaim, now: MeshInstant) -> Action {
        switch phase {
        case .absent:
            phase = .claimed(claim)
            return .claim
        case .done(let held) where held.expiresAt <= now:
            phase = .claimed(claim)
            return .claim
        case .claimed(let held), .unknown(let held), .done(let held):
            guard held.fingerprint == claim.fingerprint else { return .conflict }
            if case .claimed = phase { return .inProgress(held) }
            return .replay(held)
        }
    }

    /// The outcome of handing the order's message over.
    ///
    /// An order whose hand-over is ambiguous can no longer be taken back: the message may be on its
    /// way. A refusal that arrives after that is answered by trying again, not by forgetting.
    package mutating func handedOver(_ outcome: HandOver) throws(Failure) {
        switch (phase, outcome) {
        case (.claimed(let claim), .applied), (.unknown(let claim), .applied):
            phase = .done(claim)
        case (.claimed, .refused):
            phase = .absent
        case (.claimed(let claim), .ambiguous):
            phase = .unknown(claim)
        case (.unknown, .refused), (.unknown, .ambiguous):
            break
        case (.absent, _), (.done, _):
            throw .notOutstanding
        }
    }
}
