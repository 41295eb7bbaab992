// SPDX-License-Identifier: MIT
import Daemon
import Orders
import ServiceClients
import Sessions
import Wire

/// Moves idempotency keys between ingestd's database and a key service, each with the order that it names
/// and what is left of its life. A key that is moved twice is moved once: its claim names the same order.
struct KeyMove: Sendable {
    let ends: MigrationEnds
    let journal: MigrationJournal
    /// Nil where no database is named.
    let database: DatabaseKeys?

    /// Keys in one frame, and in one statement.
    private static let pageCountMax = 512
    private static let pauseMax = Duration.seconds(2)

    /// - Returns: at `deadline`, or when all that could be moved is.
    func run(until deadline: ContinuousClock.Instant) async throws -> MigrationOutcome {
        switch (ends.sourceKeys, ends.targetKeys, database) {
        case (nil, let target?, let database?):
            try await send(from: database, to: target, until: deadline)
        case (let source?, nil, let database?):
            try await fetch(from: source, to: database, until: deadline)
        case (let source?, let target?, _):
            try await pass(from: source, to: target, until: deadline)
        default: MigrationOutcome(lines: ["keys stay: no database, or no bridge, is named"])
        }
    }

    // MARK: - Out of the database

    /// Claimed at the target, noted, and then gone from the database.
    private func send(
        from database: DatabaseKeys, to target: KeyClient, until deadline: ContinuousClock.Instant
    ) async throws -> MigrationOutcome {
        if journal.keys.before == nil { try journal.write(.keys(try await database.holding())) }
        var outcome = MigrationOutcome()
        var last: NamedKey?
        while true {
            let page = try await database.page(after: last, limit: Self.pageCountMax)
            guard !page.isEmpty else { break }
            let moved = try await claim(page, at: target, until: deadline, &outcome)
            try journal.write(.named(keys: moved.map(\.place)))
            try await database.remove(moved)
            last = page.last
        }
        let after = try await database.holding()
        let before = journal.keys.before ?? after
        let expired = after.expired - min(before.expired, after.expired)
        let moved = UInt64(journal.keys.moved.count)
        outcome.lines.append(
            "keys: \(before.live) at the source before, \(moved) moved, \(expired) expired meanwhile, "
                + "\(after.live) left")
        if after.live > 0 {
            outcome.objections.append("keys: left at the source \(after.live), expected 0")
        }
        // One that was moved may have expired before it was removed, where a run was killed between.
        if moved > before.live || moved + expired + after.live < before.live {
            outcome.objections.append(
                "keys: moved, expired and left \(moved + expired + after.live), "
                    + "expected \(before.live)")
        }
        return outcome
    }

    // MARK: - Into the database

    /// A name without an order stays behind: in the database a key is claimed together with its order.
    private func fetch(
        from source: KeyClient, to database: DatabaseKeys, until deadline: ContinuousClock.Instant
    ) async throws -> MigrationOutcome {
        var outcome = MigrationOutcome()
        var (count, keptCount, namelessCount) = (0, 0, 0)
        try await pages(of: source, until: deadline) { keys in
            let kept = try await database.keep(keys)
            count += keys.count
            keptCount += kept.stored.count
            namelessCount += kept.withoutOrder.count
            outcome.objections += kept.conflicting.map {
                "keys: \($0.place) names another order in the database"
            }
        }
        outcome.lines.append(
            "keys: \(count) at the source, \(keptCount) in the database now, \(namelessCount) named an "
                + "order that was never stored")
        return outcome
    }

    // MARK: - From service to service

    private func pass(
        from source: KeyClient, to target: KeyClient, until deadline: ContinuousClock.Instant
    ) async throws -> MigrationOutcome {
        var outcome = MigrationOutcome()
        var (count, movedCount) = (0, 0)
        try await pages(of: source, until: deadline) { keys in
            count += keys.count
            movedCount += try await claim(keys, at: target, until: deadline, &outcome).count
        }
        outcome.lines.append("keys: \(count) at the source, \(movedCount) at the target now")
        return outcome
    }

    // MARK: - Calls

    private func pages(
        of source: KeyClient, until deadline: ContinuousClock.Instant,
        _ body: ([NamedKey]) async throws -> Void
    ) async throws {
        var after = ""
        repeat {
            let place = after
            let page = try await MigrationEnds.insist(until: deadline) { () throws(CallError) in
                try await source.list(after: place)
            }
            for first in stride(from: 0, to: page.keys.count, by: Self.pageCountMax) {
                let end = min(first + Self.pageCountMax, page.keys.count)
                try await body(Array(page.keys[first..<end]))
            }
            after = page.next
        } while !after.isEmpty
    }

    /// - Returns: those that name their orders at the target now. Others have expired, or are objected to.
    private func claim(
        _ keys: [NamedKey], at target: KeyClient, until deadline: ContinuousClock.Instant,
        _ outcome: inout MigrationOutcome
    ) async throws -> [NamedKey] {
        var moved: [NamedKey] = []
        var open = keys
        var pause = Duration.milliseconds(100)
        while !open.isEmpty {
            let claims = open
            let results = try await MigrationEnds.insist(until: deadline) { () throws(CallError) in
                try await target.claim(claims)
            }
            open = []
            for (key, result) in zip(claims, results) {
                switch WireErrorCode(rawValue: result.code) {
                case nil where result.code == 0 && result.order == key.order: moved.append(key)
                case .unavailable where ContinuousClock.now < deadline: open.append(key)
                case .badKey where key.expiresMilliseconds <= WallClock().now().milliseconds: break
                default:
                    let reason = result.code == 0 ? "it names another order" : result.message
                    outcome.objections.append("keys: \(key.place) at the target: \(reason)")
                }
            }
            guard !open.isEmpty else { break }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, Self.pauseMax)
        }
        return moved
    }
}

extension NamedKey {
    /// What a person calls it: no tenant has a slash in its name.
    var place: String { "\(tenant)/\(key)" }
}
