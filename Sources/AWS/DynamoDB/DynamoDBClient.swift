// SPDX-License-Identifier: MIT

/// Amazon DynamoDB, by items with a string key.
package struct DynamoDBClient: Sendable {
    /// The largest item, names of attributes included.
    package static let itemByteCountMax = 400 * 1_024

    let client: AWSClient

    package init(_ client: AWSClient) {
        self.client = client
    }
}

/// What became of a write that had a condition.
package enum ConditionalOutcome: Equatable, Sendable {
    /// The condition held; the item as it is now, where the call asks for it.
    case applied(DynamoDBItem)

    /// The condition did not hold, nothing changed; the item as it is, empty when there is none.
    case refused(DynamoDBItem)
}

extension DynamoDBClient {
    /// The item under `key`, read consistently; nil when there is none.
    package func get(
        _ key: DynamoDBItem,
        from table: String
    ) async throws(AWSError) -> DynamoDBItem? {
        let answer = try await client.call(
            GetItem(TableName: table, Key: key, ConsistentRead: true))
        return answer.Item.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Writes a whole item, if `condition` (when there is one) holds for the one under its key now.
    @discardableResult
    package func put(
        _ item: DynamoDBItem,
        into table: String,
        if condition: DynamoDBExpression? = nil
    ) async throws(AWSError) -> ConditionalOutcome {
        let request = PutItem(
            TableName: table, Item: item,
            ConditionExpression: condition?.text,
            ExpressionAttributeNames: condition?.names.nonEmpty,
            ExpressionAttributeValues: condition?.values.nonEmpty,
            ReturnValuesOnConditionCheckFailure: condition == nil ? nil : "ALL_OLD")
        return try await conditionally { () throws(AWSError) in
            _ = try await client.call(request)
            return item
        }
    }

    /// Changes one item, in one step, if `condition` holds for it now.
    ///
    /// Answers `applied` with the whole item as it is then. An update that is retried after an
    /// uncertain attempt may be `refused` because of that attempt: the caller compares the item.
    package func update(
        _ key: DynamoDBItem,
        in table: String,
        _ change: DynamoDBExpression,
        if condition: DynamoDBExpression
    ) async throws(AWSError) -> ConditionalOutcome {
        let names = change.names.merging(condition.names) { first, _ in first }
        let values = change.values.merging(condition.values) { first, _ in first }
        let request = UpdateItem(
            TableName: table, Key: key,
            UpdateExpression: change.text,
            ConditionExpression: condition.text,
            ExpressionAttributeNames: names.nonEmpty,
            ExpressionAttributeValues: values.nonEmpty,
            ReturnValues: "ALL_NEW",
            ReturnValuesOnConditionCheckFailure: "ALL_OLD")
        return try await conditionally { () throws(AWSError) in
            try await client.call(request).Attributes ?? [:]
        }
    }

    /// Those of some items of a table for which `condition` holds, read consistently, and behind which
    /// key the next begin; nil when there are no more. What stands in the table all the while is found.
    ///
    /// - Parameter limit: items that are looked at, and paid for.
    package func scan(
        _ table: String, after key: DynamoDBItem?, where condition: DynamoDBExpression, limit: Int
    ) async throws(AWSError) -> (items: [DynamoDBItem], next: DynamoDBItem?) {
        let answer = try await client.call(
            Scan(
                TableName: table, ExclusiveStartKey: key, FilterExpression: condition.text,
                ExpressionAttributeNames: condition.names,
                ExpressionAttributeValues: condition.values, Limit: limit, ConsistentRead: true))
        return (answer.Items, answer.LastEvaluatedKey)
    }

    /// Creates a table with the string key `key`, paid by request, unless it exists.
    package func create(table: String, key: String) async throws(AWSError) {
        let request = CreateTable(
            TableName: table,
            AttributeDefinitions: [.init(AttributeName: key, AttributeType: "S")],
            KeySchema: [.init(AttributeName: key, KeyType: "HASH")],
            BillingMode: "PAY_PER_REQUEST")
        do throws(AWSError) {
            _ = try await client.call(request)
        } catch {
            guard error.code == .conflict else { throw error }
        }
    }

    /// ACTIVE when the table can be used; nil when there is none.
    package func status(of table: String) async throws(AWSError) -> String? {
        do throws(AWSError) {
            return try await client.call(DescribeTable(TableName: table)).Table.TableStatus
        } catch {
            if error.code == .notFound { return nil }
            throw error
        }
    }

    /// Has items deleted some time after the Unix seconds in their attribute `attribute`.
    package func expire(table: String, by attribute: String) async throws(AWSError) {
        let request = UpdateTimeToLive(
            TableName: table,
            TimeToLiveSpecification: .init(AttributeName: attribute, Enabled: true))
        do throws(AWSError) {
            _ = try await client.call(request)
        } catch {
            // DynamoDB refuses to switch on what is on.
            guard error.message.contains("already enabled") else { throw error }
        }
    }

    private func conditionally(
        _ call: () async throws(AWSError) -> DynamoDBItem
    ) async throws(AWSError) -> ConditionalOutcome {
        do throws(AWSError) {
            return .applied(try await call())
        } catch {
            guard let item = error.refusedItem else { throw error }
            return .refused(item)
        }
    }
}

extension Dictionary {
    /// DynamoDB refuses empty maps of names or values: they must be left out.
    fileprivate var nonEmpty: Self? { isEmpty ? nil : self }
}
