// SPDX-License-Identifier: MIT
import Orders
import ServiceClients
import Wire

/// The reckoning: what the broker says of each message against what the clients were told.
struct TortureAccount {
    let client: BrokerClient
    let ledger: TortureLedger

    /// How long nothing may become less before it counts as stuck.
    private static let stallLimit = Duration.seconds(60)
    private static let pageCount = 1000

    /// Waits until nothing is left to deliver, then accounts for everything.
    func close() async throws {
        try await drain()
        let dead = try await deadLetters()
        let entries = ledger.entries
        for start in stride(from: 0, to: entries.count, by: Self.pageCount) {
            let page = entries[start..<min(start + Self.pageCount, entries.count)]
            let standings = try await client.standings(
                of: page.map { MessageID($0.id) }, in: TortureLoad.queue)
            for ((id, entry), standing) in zip(page, standings) {
                check(id, entry, standing, isDead: dead.contains(id))
            }
        }
        try await checkOutputs(entries)
    }

    private func drain() async throws {
        var end = ContinuousClock.now + Self.stallLimit
        var least = UInt64.max
        while ContinuousClock.now < end {
            let reply = try await client.stats(of: TortureLoad.queue)
            let depth = reply.queues.first.map { $0.ready + $0.leased + $0.delayed } ?? 0
            if depth == 0 { return }
            if depth < least { (least, end) = (depth, ContinuousClock.now + Self.stallLimit) }
            try await Task.sleep(for: .milliseconds(50))
        }
        ledger.breach("\(least) messages are left that nobody is given")
    }

    private func deadLetters() async throws -> Set<UniqueID> {
        var ids: Set<UniqueID> = []
        var last: UInt64 = 0
        while true {
            let page = try await client.deadLetters(of: TortureLoad.queue, after: last, limit: 200)
            guard let newest = page.last else { return ids }
            for letter in page where !ids.insert(letter.message.id).inserted {
                ledger.breach("\(letter.message.id) is dead twice")
            }
            last = newest.sequence
        }
    }

    private func check(
        _ id: UniqueID, _ entry: TortureLedger.Entry, _ standing: Standing, isDead: Bool
    ) {
        switch standing {
        case .neverSeen: ledger.breach("\(id) is lost")
        case .settled:
            if entry.ackCount + entry.ackMaybeCount == 0 {
                ledger.breach("\(id) is settled, and nobody did it")
            }
            if isDead { ledger.breach("\(id) is settled, and a dead letter") }
        case .held:
            if !isDead { ledger.breach("\(id) is held, and not a dead letter") }
            if entry.isSettled { ledger.breach("\(id) is held, though it was settled") }
        }
        if entry.deathCount > 0, !isDead { ledger.breach("\(id) died, and is no dead letter") }
    }

    /// An output is there, once, if and only if its settlement took effect.
    private func checkOutputs(
        _ entries: [(id: UniqueID, entry: TortureLedger.Entry)]
    ) async throws {
        let makers = entries.filter { TortureLoad.hasOutput($0.id) }
        for start in stride(from: 0, to: makers.count, by: Self.pageCount) {
            let page = makers[start..<min(start + Self.pageCount, makers.count)]
            let inputs = try await client.standings(
                of: page.map { MessageID($0.id) }, in: TortureLoad.queue)
            let outputs = try await client.standings(
                of: page.map { MessageID(TortureLoad.outputID(of: $0.id)) },
                in: TortureLoad.outputQueue)
            for ((id, _), (input, output)) in zip(page, zip(inputs, outputs)) {
                if (input == .settled) != (output == .held) {
                    ledger.breach("\(id) is \(input), its output is \(output)")
                }
            }
        }
        let stored = try await client.stats(of: TortureLoad.outputQueue).queues.first
        let distinct = try await settledCount(makers.map(\.id))
        if let stored, stored.ready != UInt64(distinct) {
            ledger.breach("\(stored.ready) outputs of \(distinct) settlements")
        }
    }

    private func settledCount(_ ids: [UniqueID]) async throws -> Int {
        var count = 0
        for start in stride(from: 0, to: ids.count, by: Self.pageCount) {
            let page = ids[start..<min(start + Self.pageCount, ids.count)].map { MessageID($0) }
            count += try await client.standings(of: page, in: TortureLoad.queue).count {
                $0 == .settled
            }
        }
        return count
    }
}
