// SPDX-License-Identifier: MIT
import AWS

/// The table of all records: its key, its expiry, its backups.
struct TablePart: CloudPart {
    let name: String
    let database: DynamoDBClient

    static let key = "pk"
    static let expiry = "expires"

    func findings() async throws(AWSError) -> [CloudFinding] {
        guard try await database.status(of: name) != nil else { return [.missing(.table, name)] }
        let expiry = try await database.expiry(of: name)
        let backups = try await database.pointInTimeRecovery(of: name)
        return [
            CloudFinding.difference(
                .table, name, "TimeToLive", found: expiry, wanted: Self.expiry),
            CloudFinding.difference(
                .table, name, "PointInTimeRecovery", found: backups ? "ENABLED" : "DISABLED",
                wanted: "ENABLED"),
        ].compactMap(\.self)
    }

    func mend(_ findings: [CloudFinding]) async throws(AWSError) {
        if findings.contains(where: { $0.kind == .missing }) {
            try await database.create(table: name, key: Self.key)
        }
        try await database.waitUntilActive(table: name)
        if try await database.expiry(of: name) != Self.expiry {
            try await database.expire(table: name, by: Self.expiry)
        }
        try await database.enablePointInTimeRecovery(of: name)
    }
}
