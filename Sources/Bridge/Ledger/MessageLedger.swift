// SPDX-License-Identifier: MIT
import AWS
import Orders

/// The records of messages in DynamoDB. Each change is one conditional write: of two bridges that try
/// the same, one succeeds and the other is told what it found.
struct MessageLedger: Sendable {
    let database: DynamoDBClient
    let table: String

    /// How long a message's id is known: the window of deduplication.
    static let window = Duration.seconds(7 * 24 * 3_600)

    /// As long as SQS keeps a message at most: a dead letter's record must not go before it.
    static let deadWindow = Duration.seconds(15 * 24 * 3_600)

    func record(_ key: MessageKey) async throws(AWSError) -> MessageRecord? {
        try await database.get(key.item, from: table).flatMap { MessageRecord($0) }
    }

    /// When DynamoDB may delete a record written now: in seconds, as it counts.
    static func expiry(_ now: MeshInstant, after window: Duration) -> AttributeValue {
        .number((now + window).milliseconds / 1_000)
    }
}

// MARK: - Publish

extension MessageLedger {
    /// What the ledger says to a new message.
    enum Announcement: Equatable {
        /// It is new: send it.
        case new
        /// It was announced before and not seen in SQS since: send it again, as the copy sent before,
        /// if there is one, will be told apart.
        case unsure
        /// It was seen in SQS: sending it again would be a duplicate.
        case known
    }

    /// Makes a message known, and keeps its envelope until a copy is seen in SQS.
    func announce(
        _ key: MessageKey,
        body: String,
        now: MeshInstant
    ) async throws(AWSError) -> Announcement {
        var item = key.item
        item["state"] = .string(MessageRecord.State.sent.rawValue)
        item["body"] = .string(body)
        item["expires"] = Self.expiry(now, after: Self.window)
        let outcome = try await database.put(
            item, into: table, if: DynamoDBExpression("attribute_not_exists(#pk)"))
        switch outcome {
        case .applied: return .new
        case .refused(let found):
            return MessageRecord(found)?.state == .sent ? .unsure : .known
        }
    }
}

// MARK: - Redrive

extension MessageLedger {
    /// What the ledger says to a redrive.
    enum Revival: Equatable {
        /// The message is waiting, with all its attempts: send it.
        case revived
        /// It was revived before and not seen in SQS since: send it again.
        case unsure
        /// It is no dead letter: what lies in the dead-letter queue is a copy left over.
        case notDead
    }

    /// Gives a dead letter its attempts back.
    func revive(_ key: MessageKey, now: MeshInstant) async throws(AWSError) -> Revival {
        let change = DynamoDBExpression(
            """
            SET #state = :waiting, #attempts = :zero, #due = :now, #expires = :expires \
            REMOVE #copy, #outputs, #reason, #dead_since, #history, #buried
            """,
            [
                ":waiting": .string(MessageRecord.State.waiting.rawValue), ":zero": .number(0),
                ":now": .number(now.milliseconds),
                ":expires": Self.expiry(now, after: Self.window),
            ])
        let condition = DynamoDBExpression(
            "#state = :dead", [":dead": .string(MessageRecord.State.dead.rawValue)])
        switch try await database.update(key.item, in: table, change, if: condition) {
        case .applied: return .revived
        case .refused(let found):
            guard let record = MessageRecord(found) else { return .notDead }
            return record.state == .waiting && record.copy == nil ? .unsure : .notDead
        }
    }
}
