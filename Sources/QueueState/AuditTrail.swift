// SPDX-License-Identifier: MIT
import DequeModule
import Orders

/// The newest acts of operators, numbered from 1.
struct AuditTrail: Equatable {
    private(set) var acts: Deque<OperatorAct> = []
    /// The number of the newest.
    private(set) var total: UInt64 = 0

    /// All of them stand at the beginning of each segment of the log.
    static let countMax = 128

    init() {}

    init(_ acts: [OperatorAct], total: UInt64) {
        self.acts = Deque(acts)
        self.total = total
    }

    /// Keeps `act`, unless it is nobody's. A purge that goes on where the last one stopped counts
    /// with it: one decision of one person is one entry.
    mutating func note(_ act: OperatorAct) {
        guard act.requester != .nobody else { return }
        if let last = acts.last, last.isContinued(by: act) {
            acts[acts.count - 1].count += act.count
            acts[acts.count - 1].at = act.at
            return
        }
        if acts.count == Self.countMax { acts.removeFirst() }
        acts.append(act)
        total += 1
    }

    /// The redrive that was asked for under `request`, if it is remembered.
    func redrive(_ request: UniqueID) -> OperatorAct? {
        acts.last { $0.request == request && $0.verb == .redrive }
    }

    /// The newest `limit` acts with numbers below `before`, newest first.
    func page(before: UInt64, limit: Int) -> [(number: UInt64, act: OperatorAct)] {
        let oldest = total - UInt64(acts.count) + 1
        let numbered = zip(oldest..., acts).lazy.reversed().filter { $0.0 < before }
        return numbered.prefix(max(limit, 0)).map { (number: $0.0, act: $0.1) }
    }
}

extension OperatorAct {
    fileprivate func isContinued(by next: OperatorAct) -> Bool {
        (verb == .purgeWaiting || verb == .purgeDead)
            && (next.verb, next.queue, next.requester) == (verb, queue, requester)
    }
}
