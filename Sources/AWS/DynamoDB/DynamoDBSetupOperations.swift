// SPDX-License-Identifier: MIT
// swift-format-ignore-file: AlwaysUseLowerCamelCase

// The property names are DynamoDB's: they are the keys of the JSON.

struct DescribeTimeToLive: JSONOperation {
    static let service = AWSService.dynamodb
    static let target = "DynamoDB_20120810.DescribeTimeToLive"

    let TableName: String

    struct Answer: Decodable, Sendable { let TimeToLiveDescription: Description? }

    struct Description: Decodable, Sendable {
        let TimeToLiveStatus: String?
        let AttributeName: String?
    }
}

struct DescribeContinuousBackups: JSONOperation {
    static let service = AWSService.dynamodb
    static let target = "DynamoDB_20120810.DescribeContinuousBackups"

    let TableName: String

    struct Answer: Decodable, Sendable { let ContinuousBackupsDescription: Backups? }

    struct Backups: Decodable, Sendable {
        let PointInTimeRecoveryDescription: Recovery?
    }

    struct Recovery: Decodable, Sendable { let PointInTimeRecoveryStatus: String? }
}

struct UpdateContinuousBackups: JSONOperation {
    static let service = AWSService.dynamodb
    static let target = "DynamoDB_20120810.UpdateContinuousBackups"
    typealias Answer = EmptyAnswer

    let TableName: String
    let PointInTimeRecoverySpecification: Specification

    struct Specification: Encodable, Sendable { let PointInTimeRecoveryEnabled: Bool }
}
