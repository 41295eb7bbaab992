// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Wire

/// L-9 to L-12: slots for requests in progress.
enum SlotCases {
    static let all: [ConformanceCase] = both + bound + releases

    private static let both: [ConformanceCase] = [
        .limiter("L-9.1", "without a free slot a take is refused, and costs no tokens") { trial in
            let tenant = try await trial.setPlan(trial.plan(burst: 10, concurrency: 1))
            let held = try await trial.grant(tenant, 1, key: trial.makeID(), hold: true)
            try require(held.held, "held", seen: held.words)
            let denied = try await trial.denial(
                tenant, 1, key: trial.makeID(), hold: true, scope: .concurrency)
            try requireEqual(denied.limit, 1, "limit")
            try requireEqual(denied.remaining, 0, "remaining")
            let look = try await trial.take(tenant, 0)
            try require(look.remaining >= 9, "9 remaining", seen: "\(look.remaining) remaining")
        },
        .limiter("L-9.2", "without tokens a take is refused, and holds no slot") { trial in
            let tenant = try await trial.setPlan(trial.plan(burst: 10, concurrency: 1))
            try await trial.grant(tenant, 10)
            try await trial.denial(tenant, 5, key: trial.makeID(), hold: true)
            let look = try await trial.take(tenant, 0, hold: true)
            try require(
                look.scope == .concurrency && look.remaining == 1, "1 slot free",
                seen: look.words)
        },
        .limiter("L-9.3", "a take that holds a slot needs a key") { trial in
            let tenant = try await trial.setPlan(trial.plan(burst: 10, concurrency: 1))
            let take = Take(takes: [trial.request(tenant, 1, hold: true)])
            try await trial.desk().refusal(of: take, .badMessage)
        },
    ]

    private static let bound: [ConformanceCase] = [
        .limiter("L-10.1", "no more slots are held than there are, over all sessions") { trial in
            let tenant = try await trial.setPlan(trial.plan(burst: 1_000, concurrency: 5))
            let peers = [try await trial.peer(), try await trial.peer(), try await trial.peer()]
            let asked = peers.map { peer in
                let requests = (0..<20).map { _ in
                    trial.request(tenant, 1, key: trial.makeID(), hold: true)
                }
                return (peer, peer.ask(Take(takes: requests)))
            }
            var heldCount = 0
            for (peer, number) in asked {
                let taken: Taken = try await peer.answer(to: number, "TAKEN").decode()
                heldCount += taken.decisions.count(where: \.held)
            }
            try requireEqual(heldCount, 5, "slots held:")
        },
        .limiter("L-10.2", "a take under a plan without that limit holds no slot") { trial in
            let tenant = try await trial.setPlan(trial.plan(burst: 10))
            let decision = try await trial.grant(tenant, 1, key: trial.makeID(), hold: true)
            try require(!decision.held, "not held", seen: decision.words)
        },
    ]

    private static let releases: [ConformanceCase] = [
        .limiter("L-11.1", "a slot is freed by its key, once, in the session that holds it") {
            trial in
            let tenant = try await trial.setPlan(trial.plan(burst: 100, concurrency: 1))
            let (owner, other) = (try await trial.peer(), try await trial.peer())
            let key = trial.makeID()
            try await trial.grant(tenant, 1, key: key, hold: true, by: owner)
            other.tell(Release(keys: [key]))
            owner.tell(Release(keys: [trial.makeID()]))
            try await other.proveAlive()
            try await full(trial, tenant, by: owner)
            owner.tell(Release(keys: [key]))
            let next = trial.makeID()
            try await trial.grant(tenant, 1, key: next, hold: true, by: owner)
            // The first key frees nothing any more.
            owner.tell(Release(keys: [key]))
            try await full(trial, tenant, by: owner)
        },
        .limiter("L-11.2", "slots are freed when their session ends") { trial in
            let tenant = try await trial.setPlan(trial.plan(burst: 100, concurrency: 2))
            let owner = try await trial.peer()
            for _ in 0..<2 {
                try await trial.grant(tenant, 1, key: trial.makeID(), hold: true, by: owner)
            }
            try await full(trial, tenant)
            await owner.close()
            try await trial.eventually("2 slots free") {
                try await trial.take(tenant, 0, hold: true).remaining
            } until: {
                $0 == 2
            }
        },
        .limiter("L-12.1", "a release behind a take in one write leaves no slot held") { trial in
            let tenant = try await trial.setPlan(trial.plan(burst: 10_000, concurrency: 1))
            let peer = try await trial.peer()
            for _ in 0..<20 {
                let key = trial.makeID()
                let take = Take(takes: [trial.request(tenant, 100, key: key, hold: true)])
                let correlation = peer.makeCorrelation()
                peer.send([
                    RawFrame(take, correlation: correlation),
                    RawFrame(Release(keys: [key]), correlation: 0),
                ])
                _ = try await peer.answer(to: correlation, "TAKEN").decode(Taken.self)
                let look = try await trial.take(tenant, 0, hold: true, by: peer)
                try requireEqual(look.remaining, 1, "slots free:")
            }
        },
    ]

    private static func full(
        _ trial: Trial, _ tenant: String, by peer: WirePeer? = nil
    ) async throws {
        try await trial.denial(
            tenant, 1, key: trial.makeID(), hold: true, scope: .concurrency, by: peer)
    }
}
