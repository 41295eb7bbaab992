// SPDX-License-Identifier: MIT
import AWS
import Orders
import TokenBucket

/// Token buckets in DynamoDB: one number each, the theoretical arrival time, taken from by one
/// conditional update. Every grant is durable before it is given.
struct BucketLedger: Sendable {
    let database: DynamoDBClient
    let table: String

    /// Which of the two forms of the update to try first: one request is then enough, most times.
    private let arrivals = LastArrivals()

    /// Times that a take is tried again because others changed the bucket meanwhile.
    private static let racesMax = 16

    /// How long the record of a bucket that is full again stays.
    private static let rest = Duration.seconds(24 * 3_600)

    init(database: DynamoDBClient, table: String) {
        self.database = database
        self.table = table
    }

    /// Takes `cost` tokens of `tenant`, or none; cost 0 looks.
    ///
    /// An answer that was lost may have taken tokens that nobody got: the ceiling holds all the same.
    /// - Parameter now: asked again for each try: an update that came late, because AWS asked to wait,
    ///   must not be refused for what others took meanwhile.
    func take(
        _ cost: UInt32, of tenant: String, rate: BucketRate, now: @autoclosure () -> MeshInstant
    ) async throws(AWSError) -> TokenBucket.Decision {
        let price = rate.price(of: cost)
        if cost == 0 || price > rate.tolerance {
            let debt = try await debt(of: tenant, now: now())
            return cost == 0
                ? .granted(by: rate, debt: debt) : .refused(by: rate, price: price, debt: debt)
        }
        for _ in 0..<Self.racesMax {
            let start = now()
            let isFull = arrivals.last(of: tenant) <= start.nanoseconds
            switch try await update(tenant, price, rate, isFull: isFull, now: start) {
            case .applied(let item):
                arrivals.note(Self.arrival(item), of: tenant)
                return .granted(by: rate, debt: Self.debt(item, start))
            case .refused(let item):
                arrivals.note(Self.arrival(item), of: tenant)
                let debt = Self.debt(item, now())
                if debt + price > rate.tolerance {
                    return .refused(by: rate, price: price, debt: debt)
                }
            }
        }
        // Others won every race: to refuse is always safe.
        let debt = try await debt(of: tenant, now: now())
        return .refused(by: rate, price: price, debt: max(debt, rate.tolerance))
    }

    private func update(
        _ tenant: String, _ price: Int64, _ rate: BucketRate, isFull: Bool, now: MeshInstant
    ) async throws(AWSError) -> ConditionalOutcome {
        let full = now + .nanoseconds(rate.tolerance)
        let expires = AttributeValue.number((full + Self.rest).milliseconds / 1_000)
        let present = AttributeValue.number(now.nanoseconds)
        if isFull {
            return try await database.update(
                Self.key(tenant), in: table,
                DynamoDBExpression(
                    "SET #tat = :new, #expires = :expires",
                    [":new": .number(now.nanoseconds + price), ":expires": expires]),
                if: DynamoDBExpression(
                    "attribute_not_exists(#tat) OR #tat <= :now", [":now": present]))
        }
        return try await database.update(
            Self.key(tenant), in: table,
            DynamoDBExpression(
                "SET #tat = #tat + :price, #expires = :expires",
                [":price": .number(price), ":expires": expires]),
            if: DynamoDBExpression(
                "#tat > :now AND #tat <= :limit",
                [":now": present, ":limit": .number(full.nanoseconds - price)]))
    }

    private func debt(of tenant: String, now: MeshInstant) async throws(AWSError) -> Int64 {
        Self.debt(try await database.get(Self.key(tenant), from: table) ?? [:], now)
    }

    /// How far the arrival time lies ahead of now.
    private static func debt(_ item: DynamoDBItem, _ now: MeshInstant) -> Int64 {
        max(0, arrival(item) - now.nanoseconds)
    }

    private static func arrival(_ item: DynamoDBItem) -> Int64 { item["tat"]?.integer() ?? 0 }

    private static func key(_ tenant: String) -> DynamoDBItem {
        ["pk": .string("bucket/\(tenant)")]
    }
}
