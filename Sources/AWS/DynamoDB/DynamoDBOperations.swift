// SPDX-License-Identifier: MIT
// swift-format-ignore-file: AlwaysUseLowerCamelCase

// The property names are DynamoDB's: they are the keys of the JSON.

/// Has DynamoDB say in its answer what it charges for it.
private let consumedCapacity = "TOTAL"

struct GetItem: JSONOperation {
    static let service = AWSService.dynamodb
    static let target = "DynamoDB_20120810.GetItem"

    let TableName: String
    let Key: DynamoDBItem
    let ConsistentRead: Bool
    let ReturnConsumedCapacity = consumedCapacity

    struct Answer: Decodable, Sendable { let Item: DynamoDBItem? }
}

struct PutItem: JSONOperation {
    static let service = AWSService.dynamodb
    static let target = "DynamoDB_20120810.PutItem"
    typealias Answer = EmptyAnswer

    let TableName: String
    let Item: DynamoDBItem
    let ConditionExpression: String?
    let ExpressionAttributeNames: [String: String]?
    let ExpressionAttributeValues: DynamoDBItem?
    let ReturnValuesOnConditionCheckFailure: String?
    let ReturnConsumedCapacity = consumedCapacity
}

struct UpdateItem: JSONOperation {
    static let service = AWSService.dynamodb
    static let target = "DynamoDB_20120810.UpdateItem"

    let TableName: String
    let Key: DynamoDBItem
    let UpdateExpression: String
    let ConditionExpression: String
    let ExpressionAttributeNames: [String: String]?
    let ExpressionAttributeValues: DynamoDBItem?
    let ReturnValues: String
    let ReturnValuesOnConditionCheckFailure: String
    let ReturnConsumedCapacity = consumedCapacity

    struct Answer: Decodable, Sendable { let Attributes: DynamoDBItem? }
}

struct Scan: JSONOperation {
    static let service = AWSService.dynamodb
    static let target = "DynamoDB_20120810.Scan"

    let TableName: String
    let ExclusiveStartKey: DynamoDBItem?
    let FilterExpression: String
    let ExpressionAttributeNames: [String: String]
    let ExpressionAttributeValues: DynamoDBItem
    let Limit: Int
    let ConsistentRead: Bool
    let ReturnConsumedCapacity = consumedCapacity

    struct Answer: Decodable, Sendable {
        let Items: [DynamoDBItem]
        let LastEvaluatedKey: DynamoDBItem?
    }
}

struct CreateTable: JSONOperation {
    static let service = AWSService.dynamodb
    static let target = "DynamoDB_20120810.CreateTable"
    typealias Answer = EmptyAnswer

    let TableName: String
    let AttributeDefinitions: [Attribute]
    let KeySchema: [KeyPart]
    let BillingMode: String

    struct Attribute: Encodable, Sendable {
        let AttributeName: String
        let AttributeType: String
    }

    struct KeyPart: Encodable, Sendable {
        let AttributeName: String
        let KeyType: String
    }
}

struct DescribeTable: JSONOperation {
    static let service = AWSService.dynamodb
    static let target = "DynamoDB_20120810.DescribeTable"

    let TableName: String

    struct Answer: Decodable, Sendable { let Table: Table }
    struct Table: Decodable, Sendable { let TableStatus: String }
}

struct UpdateTimeToLive: JSONOperation {
    static let service = AWSService.dynamodb
    static let target = "DynamoDB_20120810.UpdateTimeToLive"
    typealias Answer = EmptyAnswer

    let TableName: String
    let TimeToLiveSpecification: Specification

    struct Specification: Encodable, Sendable {
        let AttributeName: String
        let Enabled: Bool
    }
}
