// SPDX-License-Identifier: MIT
import Wire

/// Which part of the truth a request or an answer concerns.
extension BrokerTruth {
    /// The broker has it all.
    mutating func received(
        _ request: ClientRequest, _ correlation: UInt64, on connection: Int
    ) {
        let key = RequestKey(connection: connection, correlation: correlation)
        switch request {
        case .hello, .ping: break
        case .publish(let queue, let offers, _): receivedPublish(queue, offers, key)
        case .consume(let queue, let subscription, let credit):
            received(credit: credit, subscription, queue: queue, connection)
        case .credit(let subscription, let credit):
            received(credit: credit, subscription, queue: nil, connection)
        case .stop(let subscription): receivedStop(subscription, connection)
        case .settle(let queue, let asks): receivedSettle(queue, asks, key)
        case .extend(let queue, let sequence, let token, let duration):
            receivedExtend(queue, sequence, token, duration, key)
        case .redrive(let queue, let sequences, let rate):
            receivedRedrive(queue, sequences, rate, key)
        case .purge(let queue, let dead): receivedPurge(queue, dead: dead, key)
        case .setWeights(let weights): receivedWeights(weights, key)
        case .audit: pendingAudits[key] = acts
        case .standings(let queue, let ids): receivedStandings(queue, ids, key)
        case .deadLetters(let queue, _): receivedDeadLetters(queue, key)
        case .pause(let queue):
            pauseRequests[queue] = key
            begin(.pause, queue, key)
        case .resume(let queue):
            (pauses[queue], pauseRequests[queue]) = (nil, nil)
            begin(.resume, queue, key)
        }
    }

    /// Whether the request offers an id again after so long that it may pass for new.
    func isForgotten(_ request: ClientRequest) -> Bool {
        switch request {
        case .publish(let queue, let offers, _):
            offers.contains { !isRemembered(MessageKey(queue: queue, id: $0.id)) }
        case .settle(_, let asks):
            asks.contains { ask in
                ask.outputs.contains {
                    !isRemembered(MessageKey(queue: $0.queue, id: $0.offer.id))
                }
            }
        default: false
        }
    }

    /// The broker said it.
    mutating func answered(
        _ word: ServerWord, to request: ClientRequest?, _ correlation: UInt64, on connection: Int
    ) throws(Breach) {
        // Fatal refusals answer no request.
        guard let request else { return }
        let key = RequestKey(connection: connection, correlation: correlation)
        switch (request, word) {
        case (.publish, .published(let published)):
            try answered([published.sequence], isDuplicate: published.duplicate, key)
        case (.publish, .publishedBatch(let sequences)):
            try answered(sequences, isDuplicate: nil, key)
        case (.publish, .refused(let reply)): try refusedPublish(reply, key)
        case (.settle, .settled(let results)): try answered(results, key)
        case (.extend, .extended(let deadline)):
            try answeredExtend(deadlineMilliseconds: deadline, key)
        case (.redrive, .redriven(let count)): try answeredRedrive(Int(count), key)
        case (.standings, .standings(let standings)): try answered(standings, key)
        case (.deadLetters(let queue, let after), .deadLetters(let letters)):
            try answered(letters, in: queue, after: after, key)
        case (.purge, .purged(let count, let more)):
            try answeredPurge(Int(count), hasMore: more, key)
        case (.setWeights, .weighted): answeredWeights(key)
        case (.audit, .audited(let entries)): try answeredAudit(entries, key)
        case (.pause(let queue), .paused):
            confirmAct(key)
            if pauseRequests[queue] == key { pauses[queue] = collection }
        case (.resume, .resumed): confirmAct(key)
        case (_, .refused(let reply)): try refused(reply, request, key)
        case (.hello, .helloOK), (.ping, .pong), (.consume, .consuming), (.stop, .stopped): break
        default: throw Breach("\(request) answered by \(word)")
        }
    }

    private mutating func refused(
        _ reply: ErrorReply, _ request: ClientRequest, _ key: RequestKey
    ) throws(Breach) {
        let code = WireErrorCode(rawValue: reply.code)
        if case .extend = request, code == .staleLease {
            return try answeredExtend(deadlineMilliseconds: nil, key)
        }
        // The end of a broker whose disk failed.
        if code == .diskFull, mayBeSpent, isRefusable(request) { return withdrawAct(key) }
        guard code == .storageFailed else { throw Breach("\(request) refused: \(reply)") }
    }

    /// Whether it needs room on the disk.
    private func isRefusable(_ request: ClientRequest) -> Bool {
        switch request {
        case .redrive, .purge, .pause, .resume, .setWeights: true
        default: false
        }
    }
}
