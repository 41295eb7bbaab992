// SPDX-License-Identifier: MIT
package import SecureTransport

/// Who may do what in the mesh: the table of `protocol/access.md`, made from `protocol/policy.json`.
package struct AccessPolicy: Sendable {
    /// What a peer may do with a queue.
    package struct Verbs: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) { self.rawValue = rawValue }

        package static let publish = Verbs(rawValue: 1)
        package static let consume = Verbs(rawValue: 2)
        /// Depth, statistics, and what became of an id.
        package static let inspect = Verbs(rawValue: 4)
        /// Declare, dead letters, redrive, pause, purge.
        package static let operate = Verbs(rawValue: 8)

        package static let all: Verbs = [.publish, .consume, .inspect, .operate]
    }

    private let services: [String: ServiceRights]

    init(services: [String: ServiceRights]) { self.services = services }

    package func isOperator(_ peer: PeerIdentity) -> Bool {
        if case .operator = peer { true } else { false }
    }

    /// Whether `peer` may see and set the weights of tenants: who knows their plans.
    package func maySetWeights(_ peer: PeerIdentity) -> Bool {
        isOperator(peer) || rights(of: peer)?.setsWeights ?? false
    }

    /// What `peer` may do with the queue of that name.
    package func verbs(of peer: PeerIdentity, on queue: String) -> Verbs {
        if isOperator(peer) { return .all }
        guard let rights = rights(of: peer) else { return [] }
        return rights.queues[queue, default: []].union(.inspect)
    }

    private func rights(of peer: PeerIdentity) -> ServiceRights? {
        if case .service(let name) = peer { services[name] } else { nil }
    }
}

// MARK: - Limiter

extension AccessPolicy {
    /// Whether `peer` may take, hold, release and give back tokens of any tenant.
    package func mayTake(_ peer: PeerIdentity) -> Bool {
        isOperator(peer) || rights(of: peer)?.limiter.contains(.take) ?? false
    }

    /// Whether `peer` may look at the bucket and the plan of `tenant`.
    package func mayPeek(_ peer: PeerIdentity, at tenant: String) -> Bool {
        if case .tenant(let name) = peer { return name == tenant }
        return mayReadPlans(peer)
    }

    /// Whether `peer` may read everybody's plans.
    package func mayReadPlans(_ peer: PeerIdentity) -> Bool {
        isOperator(peer) || rights(of: peer)?.limiter.contains(.readPlans) ?? false
    }

    /// Whether `peer` may set plans.
    package func maySetPlan(_ peer: PeerIdentity) -> Bool { isOperator(peer) }
}

// MARK: - Receipts

extension AccessPolicy {
    /// Whether `peer` may store receipts. No operator writes what customers are shown.
    package func mayPutReceipt(_ peer: PeerIdentity) -> Bool {
        rights(of: peer)?.receipts.contains(.put) ?? false
    }

    package func mayGetReceipt(_ peer: PeerIdentity) -> Bool {
        isOperator(peer) || rights(of: peer)?.receipts.contains(.get) ?? false
    }
}

// MARK: - Keys

extension AccessPolicy {
    /// Whether `peer` may have keys name orders.
    package func mayClaimKeys(_ peer: PeerIdentity) -> Bool {
        isOperator(peer) || rights(of: peer)?.keys.contains(.claim) ?? false
    }

    /// Whether `peer` may see everybody's keys.
    package func mayListKeys(_ peer: PeerIdentity) -> Bool { isOperator(peer) }
}
