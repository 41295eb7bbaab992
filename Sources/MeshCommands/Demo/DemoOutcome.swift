// SPDX-License-Identifier: MIT
import Orders

/// What the mesh answered to one order, over all copies that were sent.
struct DemoOutcome: Sendable {
    /// The order that it became; nil when it was refused.
    var order: UniqueID?
    /// Copies answered with the first answer.
    var replayedCount = 0
    /// The name of the refusal.
    var refusal: String?

    /// Adds the answer to a further copy.
    ///
    /// - Throws: when it is another order than the first: the promise of one key, one order is broken.
    mutating func add(_ answer: DemoAnswer) throws(CommandError) {
        switch answer {
        case .accepted(let id, let isReplayed):
            if let order, order != id {
                throw CommandError("one key, two orders: \(order) and \(id)")
            }
            order = id
            if isReplayed { replayedCount += 1 }
        case .refused(let code): refusal = code
        }
    }
}

/// The answer to one request.
enum DemoAnswer: Sendable {
    case accepted(UniqueID, isReplayed: Bool)
    case refused(code: String)
}
