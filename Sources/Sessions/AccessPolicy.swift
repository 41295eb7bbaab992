// SPDX-License-Identifier: MIT
package import SecureTransport

/// Who may do what with which queue: the table of `protocol/broker.md`, "Who may".
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

    private let services: [String: [String: Verbs]]
    /// Services that may set tenants' weights: they know their plans.
    private let weighing: Set<String>

    /// The rules of an order's way through the stages.
    package static let stages = AccessPolicy(
        services: [
            "ingestd": ["inventory": .publish],
            "inventoryd": ["inventory": .consume, "payment": .publish, "notification": .publish],
            "paymentd": [
                "payment": .consume, "fulfillment": .publish, "inventory": .publish,
                "notification": .publish,
            ],
            "fulfillmentd": [
                "fulfillment": .consume, "payment": .publish, "notification": .publish,
            ],
            "notificationd": [
                "notification": .consume, "notification-retry": [.consume, .publish],
            ],
        ], weighing: ["ingestd"])

    /// - Parameter services: by service and queue; each may inspect every queue besides.
    package init(services: [String: [String: Verbs]], weighing: Set<String> = []) {
        self.services = services
        self.weighing = weighing
    }

    package func isOperator(_ peer: PeerIdentity) -> Bool {
        if case .operator = peer { true } else { false }
    }

    /// Whether `peer` may see and set the weights of tenants.
    package func maySetWeights(_ peer: PeerIdentity) -> Bool {
        if case .service(let name) = peer { weighing.contains(name) } else { isOperator(peer) }
    }

    /// What `peer` may do with the queue of that name.
    package func verbs(of peer: PeerIdentity, on queue: String) -> Verbs {
        switch peer {
        case .operator: .all
        case .tenant: []
        case .service(let name):
            services[name].map { $0[queue, default: []].union(.inspect) } ?? []
        }
    }
}
