// SPDX-License-Identifier: MIT
import Orders
import Wire

extension BrokerTruth {
    // MARK: - Weights

    mutating func receivedWeights(_ weights: [Int: UInt32], _ request: RequestKey) {
        begin(.setWeights, nil, request)
        pendingWeights = (request, weights)
        turns.mayWeigh(weights)
    }

    /// Only the newest says how things stand.
    mutating func answeredWeights(_ request: RequestKey) {
        confirmAct(request)
        guard let pending = pendingWeights, pending.request == request else { return }
        turns.weighs(pending.weights)
        pendingWeights = nil
    }

    // MARK: - Turns

    /// A delivery that is not urgent is on its tenant's account.
    mutating func judgeTurn(_ key: MessageKey, _ message: MessageTruth) throws(Breach) {
        guard !message.offer.isUrgent else { return }
        var waiting: Set<Int> = []
        for other in open[key.queue] where other != key {
            guard let other = messages[other], !waiting.contains(other.offer.tenant) else {
                continue
            }
            if isWaitingForTurn(other) { waiting.insert(other.offer.tenant) }
        }
        try turns.delivered(
            message.offer.tenant, key.queue, waiting: waiting, during: collection)
    }

    /// Whether nothing else keeps it: for certain, so only what was never delivered and belongs to
    /// no group.
    private func isWaitingForTurn(_ message: MessageTruth) -> Bool {
        !message.offer.isUrgent && message.offer.group == .zero && message.tokenMax == 0
            && message.offer.isAtOnce && !message.isRedriven && isInLine(message)
    }
}
