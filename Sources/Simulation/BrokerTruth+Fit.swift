// SPDX-License-Identifier: MIT
import Orders
import Wire

extension BrokerTruth {
    /// Whether messages fit into the queues that they are for, as far as that can be told when they
    /// reach the broker.
    struct Fit {
        /// Some queue would be above a limit, for certain.
        var cannot = false
        /// None would, for certain.
        var must = true
        /// How full the queues are that may refuse, at least and at most.
        var depths: [(count: ClosedRange<Int>, byteCount: ClosedRange<Int>)] = []
    }

    /// To be asked before `stored`. Compensations always fit.
    func fit(_ offers: [(queue: Int, offer: Offer)], _ pending: [PendingOffer]) -> Fit {
        var fit = Fit()
        for queue in Set(offers.map(\.queue)) {
            var fresh: Set<UniqueID> = []
            var (sure, most) = ((count: 0, byteCount: 0), (count: 0, byteCount: 0))
            for (offered, known) in zip(offers, pending)
            where offered.queue == queue && !offered.offer.isUrgent {
                let byteCount = offered.offer.envelopeByteCount
                most = (most.count + 1, most.byteCount + byteCount)
                guard known.before == .absent, fresh.insert(offered.offer.id).inserted else {
                    continue
                }
                sure = (sure.count + 1, sure.byteCount + byteCount)
            }
            guard most.count > 0 else { continue }
            let least = (countMin[queue] + sure.count, byteMin[queue] + sure.byteCount)
            if sure.count > 0, !isRoom(least.0, least.1) { fit.cannot = true }
            if !isRoom(countMax[queue] + most.count, byteMax[queue] + most.byteCount) {
                fit.must = false
            }
            fit.depths.append(
                (countMin[queue]...countMax[queue], byteMin[queue]...byteMax[queue]))
        }
        return fit
    }

    private func isRoom(_ count: Int, _ byteCount: Int) -> Bool {
        count <= rules.depthMax && byteCount <= rules.byteDepthMax
    }

    /// A refusal for depth must be due, and say how things stand.
    func checkFull(_ pressure: QueuePressure, retryAfter: UInt32, _ fit: Fit) throws(Breach) {
        guard !fit.must else { throw Breach("called full, though there is room: \(pressure)") }
        guard retryAfter > 0 else {
            throw Breach("a full queue that does not say when to come again")
        }
        let limit = pressure.inBytes ? rules.byteDepthMax : rules.depthMax
        let isSo = fit.depths.contains { depth in
            (pressure.inBytes ? depth.byteCount : depth.count).contains(Int(pressure.depth))
        }
        guard isSo, pressure.depthMax == UInt64(limit) else {
            throw Breach("called full by what is not so: \(pressure), \(fit.depths)")
        }
    }
}
