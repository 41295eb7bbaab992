// SPDX-License-Identifier: MIT
import Daemon
import NIOCore
import Orders
import Synchronization
import Testing
import Wire

@testable import AWS
@testable import Bridge

/// Idempotency keys on the stand-in for DynamoDB; time is what the test says it is.
@Suite struct KeyLedgerTests {
    /// A clock that stands still until it is told to go on.
    private final class StandingClock: MeshClock {
        private let instant: Mutex<MeshInstant>

        init(_ start: MeshInstant) { instant = Mutex(start) }

        func now() -> MeshInstant { instant.withLock { $0 } }

        func goOn(_ duration: Duration) { instant.withLock { $0 = $0 + duration } }
    }

    private let clock: StandingClock
    private let keys: KeyLedger

    init() async throws {
        let cloud = try await BridgeFixture().cloud
        try await cloud.provision()
        clock = StandingClock(WallClock().now())
        let found = cloud.desk.keys
        keys = KeyLedger(database: found.database, table: found.table, clock: clock)
    }

    private func key(
        _ name: String, _ body: UInt8 = 1, lifetime: Duration = .seconds(7 * 86_400)
    ) -> NamedKey {
        NamedKey(
            tenant: "acme", key: name, fingerprint: ByteBuffer(repeating: body, count: 32),
            order: .version7(
                milliseconds: clock.now().milliseconds,
                random: (.random(in: 0 ... .max), .random(in: 0 ... .max))),
            expiresMilliseconds: (clock.now() + lifetime).milliseconds)
    }

    private func named(_ key: NamedKey, repeated isRepeated: Bool) -> KeyLedger.Claim {
        .named(
            order: key.order, expiresMilliseconds: key.expiresMilliseconds, isRepeated: isRepeated)
    }

    @Test
    func `the first claim fixes the order for as long as it said, and not longer [K-2] [K-4]`()
        async throws
    {
        let first = key("a", lifetime: .seconds(600))
        #expect(try await keys.claim(first) == named(first, repeated: false))
        clock.goOn(.milliseconds(599_999))
        #expect(try await keys.claim(key("a")) == named(first, repeated: true))
        clock.goOn(.milliseconds(1))
        // DynamoDB has not deleted it: only the condition says that it is over.
        let next = key("a", 2)
        #expect(try await keys.claim(next) == named(next, repeated: false))
        #expect(try await keys.claim(key("a", 1)) == .conflict)
    }

    @Test func `another body is a conflict and changes nothing [K-3]`() async throws {
        let first = key("b")
        _ = try await keys.claim(first)
        #expect(try await keys.claim(key("b", 2)) == .conflict)
        #expect(try await keys.claim(key("b")) == named(first, repeated: true))
    }

    @Test func `of sixty-four at once one names the order for all [K-2]`() async throws {
        let claims = (0..<64).map { _ in key("race") }
        let answers = try await withThrowingTaskGroup(of: KeyLedger.Claim.self) { group in
            for claim in claims { group.addTask { try await keys.claim(claim) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let winners = claims.filter { answers.contains(named($0, repeated: false)) }
        #expect(winners.count == 1)
        let repeats = winners.map { named($0, repeated: true) }
        #expect(answers.count { repeats.contains($0) } == 63)
    }

    @Test func `what a key may hold comes back as it was [K-9]`() async throws {
        let odd = ["a/b", "\"\\'", String(repeating: "~", count: 255), "0"].map { key($0) }
        for each in odd { _ = try await keys.claim(each) }
        let short = key("gone", lifetime: .seconds(1))
        _ = try await keys.claim(short)
        clock.goOn(.seconds(1))
        #expect(try await all() == byName(odd))
    }

    @Test func `every key is found, however many pages that takes [K-9]`() async throws {
        // More than one page looks at.
        let many = (0..<1_100).map { key("page-\($0)") }
        await withTaskGroup(of: Void.self) { group in
            for lane in 0..<32 {
                group.addTask {
                    for each in stride(from: lane, to: many.count, by: 32) {
                        do { _ = try await keys.claim(many[each]) } catch { Issue.record(error) }
                    }
                }
            }
        }
        #expect(try await all() == byName(many))
        #expect(try await keys.page(after: nil).next != nil)
    }

    private func byName(_ keys: [NamedKey]) -> [String: NamedKey] {
        Dictionary(keys.map { ($0.key, $0) }) { first, _ in first }
    }

    private func all() async throws -> [String: NamedKey] {
        var found: [NamedKey] = []
        var after: String?
        repeat {
            let page = try await keys.page(after: after)
            found += page.keys
            after = page.next
        } while after != nil
        #expect(found.count == Set(found.map(\.key)).count)
        return byName(found)
    }
}
