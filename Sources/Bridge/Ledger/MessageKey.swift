// SPDX-License-Identifier: MIT
import AWS
import Orders
import QueueState

/// Names one message of one queue; the key of its record.
struct MessageKey: Hashable, Sendable {
    let queue: QueueName
    let id: UniqueID

    var item: DynamoDBItem { ["pk": .string("message/\(queue)/\(id)")] }

    /// What stands for a message's place, as SQS has none: 64 bits of its id, mixed so that ids that
    /// differ in time alone are apart.
    var sequence: UInt64 {
        var word = id.high ^ (id.low &* 0x9E37_79B9_7F4A_7C15)
        word = (word ^ word >> 32) &* 0xD6E8_FEB8_6659_FD93
        return word ^ word >> 32
    }
}
