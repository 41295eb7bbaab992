// SPDX-License-Identifier: MIT
import AWS
import Orders

extension MessageLedger {
    /// How a delivery ended.
    enum Verdict: Equatable {
        case ack
        /// Failed; comes back when `due`.
        case retry(due: MeshInstant, StoredAttempt)
        /// Not tried; comes back at once.
        case release
        /// Will not be tried again.
        case dead(reason: String, StoredAttempt)

        var state: MessageRecord.State {
            switch self {
            case .ack: .settled
            case .retry, .release: .waiting
            case .dead: .dead
            }
        }
    }

    /// Ends a lease: the verdict and its outputs are one write, and after it there is no way back.
    ///
    /// - Returns: the record as it is then; nil when the lease is not in force.
    func settle(
        _ key: MessageKey,
        token: UInt64,
        _ verdict: Verdict,
        outputs: [StoredOutput],
        now: MeshInstant
    ) async throws(AWSError) -> MessageRecord? {
        let condition = DynamoDBExpression(
            "#state = :leased AND #token = :token AND #lease_end > :now",
            [
                ":leased": .string(MessageRecord.State.leased.rawValue), ":token": .number(token),
                ":now": .number(now.milliseconds),
            ])
        return try await end(
            key, token: token, verdict, outputs: outputs, now: now, if: condition)
    }

    /// Makes a dead letter of a message whose last lease has ended by its time.
    ///
    /// - Returns: the record as it is then; nil when the message is no longer as it was found.
    func bury(
        _ key: MessageKey,
        exhausted record: MessageRecord,
        now: MeshInstant
    ) async throws(AWSError) -> MessageRecord? {
        let attempt = StoredAttempt(at: now, worker: "", error: "lease expired")
        let token = record.token ?? 0
        let condition = DynamoDBExpression(
            "#state = :leased AND #token = :token AND #lease_end <= :now",
            [
                ":leased": .string(MessageRecord.State.leased.rawValue), ":token": .number(token),
                ":now": .number(now.milliseconds),
            ])
        return try await end(
            key, token: token, .dead(reason: "lease expired", attempt), outputs: [], now: now,
            if: condition)
    }

    /// Forgets the outputs of a retry, once they are sure to be published.
    func forgetOutputs(_ key: MessageKey, token: UInt64) async throws(AWSError) {
        _ = try await database.update(
            key.item, in: table, DynamoDBExpression("REMOVE #outputs"),
            if: DynamoDBExpression("#token = :token", [":token": .number(token)]))
    }

    /// Keeps in mind that a dead letter lies in its queue.
    func noteBuried(_ key: MessageKey, token: UInt64) async throws(AWSError) {
        _ = try await database.update(
            key.item, in: table, DynamoDBExpression("SET #buried = :one", [":one": .number(1)]),
            if: DynamoDBExpression(
                "#state = :dead AND #token = :token",
                [
                    ":dead": .string(MessageRecord.State.dead.rawValue), ":token": .number(token),
                ]))
    }

    /// Moves a lease's end.
    ///
    /// - Returns: false when the lease is not in force.
    func extend(
        _ key: MessageKey,
        token: UInt64,
        to end: MeshInstant,
        now: MeshInstant
    ) async throws(AWSError) -> Bool {
        let outcome = try await database.update(
            key.item, in: table,
            DynamoDBExpression("SET #lease_end = :end", [":end": .number(end.milliseconds)]),
            if: DynamoDBExpression(
                "#state = :leased AND #token = :token AND #lease_end > :now",
                [
                    ":leased": .string(MessageRecord.State.leased.rawValue),
                    ":token": .number(token), ":now": .number(now.milliseconds),
                ]))
        if case .applied = outcome { return true }
        return false
    }

    private func end(
        _ key: MessageKey,
        token: UInt64,
        _ verdict: Verdict,
        outputs: [StoredOutput],
        now: MeshInstant,
        if condition: DynamoDBExpression
    ) async throws(AWSError) -> MessageRecord? {
        let change = Self.change(verdict, outputs: outputs, now: now)
        switch try await database.update(key.item, in: table, change, if: condition) {
        case .applied(let item):
            return MessageRecord(item)
        case .refused(let item):
            // A retry of our own write finds what it wrote.
            let record = MessageRecord(item)
            return record?.token == token && record?.state == verdict.state ? record : nil
        }
    }

    private static func change(
        _ verdict: Verdict,
        outputs: [StoredOutput],
        now: MeshInstant
    ) -> DynamoDBExpression {
        var sets = ["#state = :state", "#expires = :expires"]
        var values: [String: AttributeValue] = [
            ":state": .string(verdict.state.rawValue), ":expires": expiry(now, after: window),
        ]
        if !outputs.isEmpty {
            sets.append("#outputs = :outputs")
            values[":outputs"] = .list(outputs.map(\.attribute))
        }
        switch verdict {
        case .ack:
            return DynamoDBExpression(
                "SET " + sets.joined(separator: ", ") + " REMOVE #lease_end, #history", values)
        case .release:
            sets += ["#due = :due", "#attempts = #attempts - :one"]
            values[":due"] = .number(now.milliseconds)
            values[":one"] = .number(1)
        case .retry(let due, let attempt):
            sets += ["#due = :due", append(attempt, to: &values)]
            values[":due"] = .number(due.milliseconds)
        case .dead(let reason, let attempt):
            sets += ["#reason = :reason", "#dead_since = :dead_since"]
            sets.append(append(attempt, to: &values))
            values[":reason"] = .string(reason)
            values[":dead_since"] = .number(now.milliseconds)
            values[":expires"] = expiry(now, after: deadWindow)
        }
        return DynamoDBExpression(
            "SET " + sets.joined(separator: ", ") + " REMOVE #lease_end", values)
    }

    private static func append(
        _ attempt: StoredAttempt,
        to values: inout [String: AttributeValue]
    ) -> String {
        values[":none"] = .list([])
        values[":attempt"] = .list([attempt.attribute])
        return "#history = list_append(if_not_exists(#history, :none), :attempt)"
    }
}
