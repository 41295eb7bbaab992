// SPDX-License-Identifier: MIT

extension DynamoDBClient {
    /// A table, or its backups, are ready within a minute, or somebody has to look.
    private static let readyAttemptsMax = 60
    private static let readyInterval = Duration.seconds(1)

    /// The attribute by which items expire; nil when none do.
    package func expiry(of table: String) async throws(AWSError) -> String? {
        let answer = try await client.call(DescribeTimeToLive(TableName: table))
        guard let description = answer.TimeToLiveDescription,
            ["ENABLED", "ENABLING"].contains(description.TimeToLiveStatus ?? "")
        else { return nil }
        return description.AttributeName
    }

    /// Whether the table can be restored as it was at any second.
    package func pointInTimeRecovery(of table: String) async throws(AWSError) -> Bool {
        let answer = try await client.call(DescribeContinuousBackups(TableName: table))
        let recovery = answer.ContinuousBackupsDescription?.PointInTimeRecoveryDescription
        return recovery?.PointInTimeRecoveryStatus == "ENABLED"
    }

    /// Returns when the table can be used.
    ///
    /// - Throws: `unavailable` when it cannot within a minute.
    package func waitUntilActive(table: String) async throws(AWSError) {
        try await poll("table \(table) is not ready") { () throws(AWSError) in
            try await status(of: table) == "ACTIVE"
        }
    }

    package func enablePointInTimeRecovery(of table: String) async throws(AWSError) {
        let request = UpdateContinuousBackups(
            TableName: table,
            PointInTimeRecoverySpecification: .init(PointInTimeRecoveryEnabled: true))
        try await poll("backups of table \(table) are not ready") { () throws(AWSError) in
            do throws(AWSError) {
                _ = try await client.call(request)
                return true
            } catch {
                // A new table has none for a moment.
                guard error.name == "ContinuousBackupsUnavailableException" else { throw error }
                return false
            }
        }
    }

    private func poll(
        _ complaint: String, until isReady: () async throws(AWSError) -> Bool
    ) async throws(AWSError) {
        for _ in 0..<Self.readyAttemptsMax {
            if try await isReady() { return }
            do { try await Task.sleep(for: Self.readyInterval) } catch { break }
        }
        throw AWSError(code: .unavailable, effect: .notApplied, message: complaint)
    }
}
