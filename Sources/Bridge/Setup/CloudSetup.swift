// SPDX-License-Identifier: MIT
package import AWS
import QueueState

/// What the mesh needs in AWS: its table, its queues with their dead letters, its bucket. Looks whether
/// it is there, and makes it.
package struct CloudSetup: Sendable {
    private let parts: [any CloudPart]

    /// - Parameters:
    ///   - prefix: begins the names of queues.
    ///   - bucket: nil when receipts are kept elsewhere.
    package init(_ client: AWSClient, table: String, prefix: String, bucket: String?) {
        let database = DynamoDBClient(client)
        let queues = MeshQueue.all.map { queue in
            QueuePart(
                queue, naming: QueueNaming(prefix: prefix), table: table,
                sqs: SQSClient(client), database: database)
        }
        let rules = BucketRule.allCases.filter { $0 != .policy || client.configuration.isSecure }
        let buckets = bucket.map {
            BucketPart(name: $0, objects: S3Client(client), rules: rules) as any CloudPart
        }
        parts =
            [TablePart(name: table, database: database) as any CloudPart] + queues
            + (buckets.map { [$0] } ?? [])
    }

    /// Everything that is not as it should be, in the order in which `apply` mends it.
    package func findings() async throws(AWSError) -> [CloudFinding] {
        var findings: [CloudFinding] = []
        for part in parts { findings += try await part.findings() }
        return findings
    }

    /// Mends what is not as it should be, and nothing else; what is there and right stays as it is.
    ///
    /// - Parameter mended: is told of each finding once it is no more.
    package func apply(
        mended: (CloudFinding) -> Void = { _ in }
    ) async throws(AWSError) {
        for part in parts {
            let findings = try await part.findings()
            guard !findings.isEmpty else { continue }
            try await part.mend(findings)
            findings.forEach(mended)
        }
    }
}
