// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import QueueState
import Sessions
import Wire

extension BrokerService {
    /// PUBLISH: the hot path. Read in place, answered when durable.
    func publish(_ frame: InboundFrame, _ peer: BrokerSession) throws(BrokerError) {
        let now = now()
        let outcome = frame.body.withUnsafeReadableBytes { body in
            Result { () throws(BrokerError) -> Publication in
                do {
                    let (name, message) = try BrokerFrames.publish(body)
                    let queue = try queue(name, for: .publish, peer)
                    return try engine.publish(message, to: queue, now: now)
                } catch {
                    throw BrokerError(error)
                }
            }
        }
        let publication = try outcome.get()
        answer(
            Published(
                sequence: publication.sequence.rawValue, duplicate: publication.isDuplicate),
            to: frame, peer)
    }

    func publishBatch(_ frame: InboundFrame, _ peer: BrokerSession) throws(BrokerError) {
        let now = now()
        let outcome = frame.body.withUnsafeReadableBytes { body in
            Result { () throws(BrokerError) -> [Publication] in
                do {
                    let (name, messages) = try BrokerFrames.publishBatch(body)
                    let queue = try queue(name, for: .publish, peer)
                    return try engine.publish(messages, to: queue, now: now)
                } catch {
                    throw BrokerError(error)
                }
            }
        }
        answer(
            PublishedBatch(sequences: try outcome.get().map { $0.sequence.rawValue }), to: frame,
            peer)
    }
}
