// SPDX-License-Identifier: MIT
import Orders
import QueueState
import Sessions
import Wire

/// An answer that is true only once a batch is durable.
struct Awaiting {
    enum Answer {
        case published(MessageSequence, isDuplicate: Bool)
        case publishedBatch([UInt64])
        case settled([SettleResult])
        case declared
        case redriven(UInt32)
        case standings([Standing])
    }

    let batch: UInt64
    let session: ServerSession
    let correlation: UInt64
    let trace: UniqueID
    let answer: Answer

    func send() {
        switch answer {
        case .published(let sequence, let isDuplicate):
            session.reply(
                Published(sequence: sequence.rawValue, duplicate: isDuplicate), to: correlation,
                trace: trace)
        case .publishedBatch(let sequences):
            session.reply(PublishedBatch(sequences: sequences), to: correlation, trace: trace)
        case .settled(let results):
            session.reply(Settled(results: results), to: correlation, trace: trace)
        case .declared:
            session.reply(Declared(), to: correlation, trace: trace)
        case .redriven(let count):
            session.reply(Redriven(count: count), to: correlation, trace: trace)
        case .standings(let standings):
            session.reply(MessageStatusOK(standings: standings), to: correlation, trace: trace)
        }
    }
}
