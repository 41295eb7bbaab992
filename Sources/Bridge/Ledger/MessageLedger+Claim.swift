// SPDX-License-Identifier: MIT
import AWS
import Orders

extension MessageLedger {
    /// What becomes of a message that SQS delivered.
    enum Claim: Equatable {
        /// It is yours until the lease ends.
        case leased(MessageRecord)
        /// Another copy of the message counts: delete this one.
        case duplicate
        /// Somebody else has it on lease until then.
        case busy(until: MeshInstant)
        /// The last attempt's lease has ended by its time, and there is no other.
        case exhausted(MessageRecord)
        /// It was settled, but what follows from that may not be complete: complete it.
        case unfinished(MessageRecord)
    }

    /// A delivery by SQS, and the lease that it shall become.
    struct Lease {
        let key: MessageKey
        /// SQS's id of the copy.
        let copy: String
        /// Greater than every token before it.
        let token: UInt64
        let end: MeshInstant
        let attemptsMax: UInt32
    }

    /// Leases a message, if it is there to be leased.
    func claim(_ lease: Lease, now: MeshInstant) async throws(AWSError) -> Claim {
        switch try await take(lease, from: .idle, now: now) {
        case .applied(let item):
            return Self.leased(item)
        case .refused(let item):
            guard let record = MessageRecord(item) else { return .duplicate }
            if let claim = Self.claim(found: record, by: lease, now: now) { return claim }
        }
        // On lease, and the lease has ended: that attempt failed.
        switch try await take(lease, from: .expired, now: now) {
        case .applied(let item): return Self.leased(item)
        case .refused(let item):
            guard let record = MessageRecord(item) else { return .duplicate }
            return Self.claim(found: record, by: lease, now: now) ?? .busy(until: lease.end)
        }
    }

    private static func leased(_ item: DynamoDBItem) -> Claim {
        MessageRecord(item).map { .leased($0) } ?? .duplicate
    }

    /// What a refusal means; nil: try to take over an expired lease.
    private static func claim(
        found record: MessageRecord,
        by lease: Lease,
        now: MeshInstant
    ) -> Claim? {
        // A retry of our own write finds what it wrote.
        if record.state == .leased, record.token == lease.token { return .leased(record) }
        if let copy = record.copy, copy != lease.copy { return .duplicate }
        switch record.state {
        case .settled, .dead: return .unfinished(record)
        case .leased where record.leaseEnd > now: return .busy(until: record.leaseEnd)
        case .leased: return record.attempts >= lease.attemptsMax ? .exhausted(record) : nil
        case .waiting, .sent:
            return record.outputs.isEmpty ? .busy(until: lease.end) : .unfinished(record)
        }
    }

    private enum Origin {
        /// Not on lease, or not known: its record may have expired.
        case idle
        /// On a lease that has ended.
        case expired
    }

    private func take(
        _ lease: Lease,
        from origin: Origin,
        now: MeshInstant
    ) async throws(AWSError) -> ConditionalOutcome {
        var change = """
            SET #state = :leased, #copy = :copy, #token = :token, #lease_end = :end, \
            #expires = :expires, #attempts = if_not_exists(#attempts, :zero) + :one, \
            #acquired = if_not_exists(#acquired, :zero) + :one
            """
        var values: [String: AttributeValue] = [
            ":leased": .string(MessageRecord.State.leased.rawValue), ":copy": .string(lease.copy),
            ":token": .number(lease.token), ":end": .number(lease.end.milliseconds),
            ":expires": Self.expiry(now, after: Self.window), ":zero": .number(0),
            ":one": .number(1),
        ]
        if origin == .expired {
            let attempt = StoredAttempt(at: now, worker: "", error: "lease expired")
            change += ", #history = list_append(if_not_exists(#history, :none), :attempt)"
            values[":none"] = .list([])
            values[":attempt"] = .list([attempt.attribute])
        }
        return try await database.update(
            lease.key.item, in: table, DynamoDBExpression(change + " REMOVE #body", values),
            if: condition(lease, from: origin, now: now))
    }

    private func condition(
        _ lease: Lease,
        from origin: Origin,
        now: MeshInstant
    ) -> DynamoDBExpression {
        // Values that the change has as well (:copy, :token) must be the same in both.
        var values: [String: AttributeValue] = [
            ":copy": .string(lease.copy), ":token": .number(lease.token),
        ]
        let isOurs = """
            (attribute_not_exists(#copy) OR #copy = :copy) \
            AND (attribute_not_exists(#token) OR #token < :token)
            """
        switch origin {
        case .idle:
            values[":sent"] = .string(MessageRecord.State.sent.rawValue)
            values[":waiting"] = .string(MessageRecord.State.waiting.rawValue)
            return DynamoDBExpression(
                """
                attribute_not_exists(#pk) OR (#state IN (:sent, :waiting) \
                AND attribute_not_exists(#outputs) AND \(isOurs))
                """, values)
        case .expired:
            values[":leased"] = .string(MessageRecord.State.leased.rawValue)
            values[":now"] = .number(now.milliseconds)
            values[":max"] = .number(lease.attemptsMax)
            return DynamoDBExpression(
                """
                #state = :leased AND #lease_end <= :now AND #attempts < :max AND \(isOurs)
                """, values)
        }
    }
}
