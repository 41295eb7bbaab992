// SPDX-License-Identifier: MIT
import AWS
import NIOCore
import Orders
import Wire

/// Idempotency keys in DynamoDB: one item each, written once, which names an order until it expires.
/// Of several claims at once the condition lets one write, and tells the others what it wrote.
struct KeyLedger: Sendable {
    let database: DynamoDBClient
    let table: String
    let clock: any MeshClock

    /// What a claim comes to.
    enum Claim: Equatable {
        case named(order: UniqueID, expiresMilliseconds: UInt64, isRepeated: Bool)
        /// The key names the order of another fingerprint.
        case conflict
    }

    /// Some keys, and behind which of the table's own the next begin; nil when there are no more.
    typealias Page = (keys: [NamedKey], next: String?)

    /// Times that a claim is made again because what it met expired meanwhile.
    private static let racesMax = 4

    /// Items of the table that one page looks at.
    private static let pageCountMax = 1_024

    /// Has the key name the order, unless it names one that has not expired. Durable when answered.
    ///
    /// May be repeated: a claim that meets itself, written by an attempt whose answer was lost, is the
    /// first one still.
    func claim(_ key: NamedKey) async throws(AWSError) -> Claim {
        for _ in 0..<Self.racesMax {
            // DynamoDB deletes late: what has expired may still be there.
            let outcome = try await database.put(
                key.item, into: table,
                if: DynamoDBExpression(
                    "attribute_not_exists(#pk) OR #until <= :now",
                    [":now": .number(clock.now().milliseconds)]))
            guard case .refused(let item) = outcome else { return Self.named(key, by: key) }
            guard let held = NamedKey(item) else { throw Self.unreadable(key) }
            // The moment between may have been its last.
            if held.expiresMilliseconds <= clock.now().milliseconds { continue }
            return held.fingerprint == key.fingerprint ? Self.named(held, by: key) : .conflict
        }
        throw AWSError(
            code: .unavailable, effect: .notApplied, message: "the key expires again and again")
    }

    /// The keys in force among some items of the table, which are in no order: for those who move
    /// them elsewhere, since it reads all that the table holds.
    ///
    /// - Parameter after: `next` of the page before; nil for the first.
    func page(after: String?) async throws(AWSError) -> Page {
        let found = try await database.scan(
            table, after: after.map { [TablePart.key: .string($0)] },
            where: DynamoDBExpression(
                "begins_with(#pk, :prefix)", [":prefix": .string(NamedKey.prefix)]),
            limit: Self.pageCountMax)
        let now = clock.now().milliseconds
        let keys = found.items.compactMap { NamedKey($0) }
        return (
            keys.filter { $0.expiresMilliseconds > now }, found.next?[TablePart.key]?.string
        )
    }

    private static func named(_ held: NamedKey, by claim: NamedKey) -> Claim {
        .named(
            order: held.order, expiresMilliseconds: held.expiresMilliseconds,
            isRepeated: held.order != claim.order)
    }

    private static func unreadable(_ key: NamedKey) -> AWSError {
        AWSError(
            code: .badAnswer, effect: .notApplied,
            message: "the item of key \(key.key) of \(key.tenant) is not one")
    }
}
