// SPDX-License-Identifier: MIT
import Daemon
import NIOCore
import Orders
import Wire

/// K-2 to K-9: idempotency keys that name orders.
enum KeyCases {
    static let all: [ConformanceCase] = claims + times + refusals + lists

    private static let claims: [ConformanceCase] = [
        .keys("K-2.1", "a later claim gets the order and the time of the first") { trial in
            let first = trial.namedKey()
            try await trial.claim(first, mustBe: first.words(repeated: false))
            for _ in 0..<3 {
                try await trial.claim(
                    trial.repeated(first), mustBe: first.words(repeated: true))
            }
        },
        .keys("K-2.2", "of many claims at once, over several sessions, one names the order") {
            trial in
            try await race(trial, sessions: 4, each: 16)
        },
        .keys("K-2.3", "of many claims in one frame, one names the order") { trial in
            try await race(trial, sessions: 1, each: 64)
        },
        .keys("K-3.1", "another fingerprint is a conflict, is told nothing and changes nothing") {
            trial in
            let first = trial.namedKey()
            try await trial.claim(first, mustBe: first.words(repeated: false))
            var other = trial.repeated(first)
            other.fingerprint = ByteBuffer(bytes: first.fingerprint.readableBytesView.map { ~$0 })
            try await trial.claim(other, mustBe: "refused key_conflict")
            try await trial.claim(trial.repeated(first), mustBe: first.words(repeated: true))
        },
        .keys("K-6.1", "the same claim again is answered as it was") { trial in
            let first = trial.namedKey()
            for _ in 0..<3 { try await trial.claim(first, mustBe: first.words(repeated: false)) }
        },
        .keys("K-7.1", "keys of two tenants never meet") { trial in
            let first = trial.namedKey()
            var other = trial.repeated(first)
            other.tenant = trial.makeName()
            try await trial.claim(first, mustBe: first.words(repeated: false))
            try await trial.claim(other, mustBe: other.words(repeated: false))
        },
    ]

    private static let times: [ConformanceCase] = [
        .keys("K-4.1", "a key that has expired is free, and one that has not is not", .slow) {
            trial in
            let first = trial.namedKey { $0.expiresMilliseconds = $0.order.milliseconds + 3_000 }
            try await trial.claim(first, mustBe: first.words(repeated: false))
            let next = trial.repeated(first)
            try await trial.eventually("the key to be free once its time is over") {
                try await trial.claim([next])[0].words
            } until: {
                $0 == next.words(repeated: false)
            }
            let now = WallClock().now().milliseconds
            // Clocks agree to within 100 ms.
            try require(
                now + 100 >= first.expiresMilliseconds, "free at \(first.expiresMilliseconds)",
                seen: "free at \(now)")
        }
    ]

    private static let refusals: [ConformanceCase] = [
        .keys("K-5.1", "what is no claim is refused as bad_key, and holds up no other") { trial in
            let good = trial.namedKey()
            let bad = [
                trial.namedKey { $0.tenant = "" }, trial.namedKey { $0.tenant = "A" },
                trial.namedKey { $0.key = "" }, trial.namedKey { $0.key = "a b" },
                trial.namedKey { $0.fingerprint = ByteBuffer(repeating: 1, count: 31) },
                trial.namedKey { $0.order = .zero },
                trial.namedKey { $0.expiresMilliseconds = $0.order.milliseconds - 10_000 },
                trial.namedKey { $0.expiresMilliseconds += 366 * 86_400_000 },
                trial.namedKey { $0.expiresMilliseconds = .max },
            ]
            let words = try await trial.claim(bad + [good]).map(\.words)
            let expected = bad.map { _ in "refused bad_key" } + [good.words(repeated: false)]
            try requireEqual(words, expected, "results")
        },
        .keys("K-5.2", "results come in the order asked") { trial in
            let keys = (0..<40).map { _ in trial.namedKey() }
            let words = try await trial.claim(keys).map(\.words)
            try requireEqual(words, keys.map { $0.words(repeated: false) }, "results")
        },
        .keys("K-8.1", "ingestd may claim and not list; stages and tenants may neither") { trial in
            let ingest = try await trial.peer(as: .ingest)
            let key = trial.namedKey()
            let words = try await trial.claim([key], by: ingest).map(\.words)
            try requireEqual(words, [key.words(repeated: false)], "results")
            try await ingest.refusal(of: ListKeys(after: ""), .notPermitted)
            for visitor in [Visitor.stage, .tenant] {
                let peer = try await trial.peer(as: visitor)
                try await peer.refusal(of: ClaimKeys(keys: [key]), .notPermitted)
                try await peer.refusal(of: ListKeys(after: ""), .notPermitted)
            }
        },
    ]

    private static let lists: [ConformanceCase] = [
        .keys("K-9.1", "what is in force is listed as it was claimed, and what has expired is not")
        {
            trial in
            let keys = (0..<5).map { _ in trial.namedKey() }
            let short = trial.namedKey { $0.expiresMilliseconds = $0.order.milliseconds + 2_000 }
            let results = try await trial.claim(keys + [short])
            try require(
                results.allSatisfy { $0.code == 0 }, "claimed",
                seen: "\(results.map(\.words))")
            try await trial.eventually("the five, and not the sixth once it has expired") {
                try await listed(trial)
            } until: { found in
                Set(keys.map(\.key)) == Set(found.map(\.key))
                    && found.allSatisfy { keys.contains($0) }
            }
        }
    ]

    // MARK: - Words of these cases

    /// Claims one key for as many orders, and holds that it names one of them.
    private static func race(_ trial: Trial, sessions: Int, each: Int) async throws {
        let key = trial.namedKey()
        var asked: [(peer: WirePeer, number: UInt64, orders: Set<UniqueID>)] = []
        for _ in 0..<sessions {
            let peer = try await trial.peer()
            let claims = (0..<each).map { _ in trial.repeated(key) }
            asked.append((peer, peer.ask(ClaimKeys(keys: claims)), Set(claims.map(\.order))))
        }
        var results: [KeyResult] = []
        for (peer, number, _) in asked {
            let claimed: KeysClaimed = try await peer.answer(to: number, "KEYS_CLAIMED").decode()
            results += claimed.results
        }
        let orders = Set(results.map(\.order))
        try requireEqual(results.count, sessions * each, "results")
        try require(
            orders.count == 1 && asked.contains { $0.orders.isSuperset(of: orders) },
            "one order, of those claimed", seen: "\(orders)")
        try requireEqual(results.count { !$0.repeated }, 1, "first claims")
    }

    /// The keys of this case's run of the suite, page by page.
    private static func listed(_ trial: Trial) async throws -> [NamedKey] {
        var found: [NamedKey] = []
        var after = ""
        repeat {
            let page = try await trial.desk().call(ListKeys(after: after), Keys.self)
            found += page.keys.filter { $0.key.contains(trial.id.description.lowercased()) }
                .filter { $0.tenant == trial.runName }
            after = page.next
        } while !after.isEmpty
        return found
    }
}
