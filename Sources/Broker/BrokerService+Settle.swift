// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import QueueState
import Sessions
import Wire

extension BrokerService {
    /// SETTLE: each settlement has its own outcome; answered when all of them are durable.
    func settle(_ frame: InboundFrame, _ peer: BrokerSession) throws(BrokerError) {
        let now = now()
        settled.removeAll()
        let outcome = frame.body.withUnsafeReadableBytes { body in
            Result { () throws(BrokerError) in
                do {
                    let (name, settlements) = try BrokerFrames.settle(body)
                    let queue = try queue(name, for: .consume, peer)
                    for settlement in settlements { settle(settlement, queue, peer, now) }
                } catch {
                    throw BrokerError(error)
                }
            }
        }
        try outcome.get()
        answer(settled, to: frame, peer)
    }

    private func settle(
        _ settlement: BrokerFrames.Settlement, _ queue: QueueNumber, _ peer: BrokerSession,
        _ now: MeshInstant
    ) {
        do {
            var outputs: [(queue: QueueNumber, message: OfferedMessage)] = []
            for output in settlement.outputs {
                let queue = try self.queue(output.queue, for: .publish, peer)
                outputs.append((queue, output.message.delayed(by: output.delay, from: now)))
            }
            let request = SettlementRequest(
                sequence: settlement.sequence, token: settlement.token,
                verdict: settlement.verdict, reason: settlement.reason, outputs: outputs)
            try engine.settle(request, on: queue, now: now, random: chance(for: request.verdict))
            settled.appendDone()
        } catch {
            settled.append(BrokerError(error).result)
        }
    }

    /// Spreads retries. Drawn for those alone: the system's randomness is a system call.
    private func chance(for verdict: SettlementRequest.Verdict) -> UInt64 {
        if case .retry = verdict { random.next() } else { 0 }
    }

    func extend(_ frame: InboundFrame, _ peer: BrokerSession) throws(BrokerError) {
        let extend = try decode(frame, Extend.self)
        let queue = try queue(extend.queue, for: .consume, peer)
        do {
            let deadline = try engine.extend(
                MessageSequence(extend.sequence), LeaseToken(extend.token),
                by: .milliseconds(extend.leaseMilliseconds), on: queue, now: clock.now())
            peer.session.reply(
                Extended(deadlineMilliseconds: deadline.milliseconds), to: frame.correlation,
                trace: frame.trace)
        } catch {
            throw BrokerError(error)
        }
    }
}
